import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { BAD, GOOD, thresholds } from '../colours.ts';
import { ENDS_NOW, sqlTable } from '../questions/sql-query.ts';
import { stat } from './stat.ts';

/**
 * The age of a system's stations at the end of the time range. For the present it is that of the data: a live server may repeat what is hours old.
 * @param ofAnswer SQL text: the time since the last poll that confirmed them
 * @param system SQL text
 */
export const ageOfStations = (ofAnswer: string, system: string): string =>
  `greatest(${ofAnswer}, (
      select health.age_seconds from api.feed_health as health
      where health.system_id = ${system} and health.feed = 'station_status' and ${ENDS_NOW}
    ))`;

/**
 * How old the data on a dashboard is. Orange also where the other tiles say "Not observed": the next poll is late, and a minute-old age in blue beside
 * them would look fine. Grafana takes that colour from the query, because an age has no limit that holds for all systems.
 * @param age SQL: the seconds, or null
 * @param unseen SQL: whether nothing is known of the end of the time on screen
 * @param from SQL: what follows `from`, of one row
 */
export const ageOfData = ({ age, unseen, from }: { age: string; unseen: string; from: string }): Panel => ({
  ...stat(
    {
      title: 'Age of the data',
      description:
        'From the last poll that confirmed what is shown to the end of the time on screen; now longer, where a live server repeats old data (api.feed_health). Orange: older than 5 minutes, or the next poll is late.',
      noValue: 'Not known',
      unit: 's',
      decimals: 1,
    },
    sqlTable(`
      select 'Age' as name, "Age", case when "Age" is not null and unseen then '${BAD}' end as color
      from (select ${age} as "Age", ${unseen} as unseen from ${from}) as told`),
    { limits: thresholds(GOOD, [BAD, 300]) },
  ),
  transformations: [
    {
      id: 'rowsToFields',
      options: {
        mappings: [
          { fieldName: 'name', handlerKey: 'field.name' },
          { fieldName: 'Age', handlerKey: 'field.value' },
          { fieldName: 'color', handlerKey: 'color' },
        ],
      },
    },
  ],
});
