import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { BAD, GOOD, thresholds } from '../colours.ts';
import { ENDS_NOW } from '../questions/sql-query.ts';
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

/** How old the data on a dashboard is. @param query returns the seconds */
export const ageOfData = (query: Dataquery) =>
  stat(
    {
      title: 'Age of the data',
      description:
        'From the last poll that confirmed what is shown to the end of the time on screen; now longer, where a live server repeats old data (api.feed_health). Orange: older than 5 minutes.',
      noValue: 'Not known',
      unit: 's',
      decimals: 1,
    },
    query,
    { limits: thresholds(GOOD, [BAD, 300]) },
  );
