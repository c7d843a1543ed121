import { chart } from './chart.ts';
import { ORANGE, outageMapping, PALE_BLUE } from './colours.ts';
import { toStation } from './links.ts';
import { sqlString } from './sql-query.ts';
import { outageTimelineQuery, slaQuery, worstStationsQuery } from './system-queries.ts';
import { table } from './table.ts';
import { timeline } from './timeline.ts';

/** Where a system fails riders: the lower half of its dashboard. */

const SYSTEM = sqlString('system');

export const worstStations = () =>
  table(
    {
      title: 'Worst stations',
      description: `Time in this window for which each station was empty, full or closed (api.outage_episode_between), the worst 50. Spells are cut to the window; time in which nobody
looked counts as nothing. A name leads to the station.`,
      noValue: 'No station was empty, full or closed in this time',
      unit: 'none',
    },
    worstStationsQuery(SYSTEM),
    {
      Station: { links: [toStation] },
      Empty: { unit: 's', decimals: 0, bar: ORANGE, width: 115 },
      Full: { unit: 's', decimals: 0, bar: PALE_BLUE, width: 115 },
      Closed: { unit: 's', decimals: 0, width: 70 },
      Spells: { width: 60 },
      Longest: { unit: 's', decimals: 0, width: 75 },
      system_id: { hidden: true },
      station_id: { hidden: true },
    },
  );

export const outageTimeline = () =>
  timeline(
    {
      title: 'When the worst were out',
      description:
        'The 15 stations of most time empty, full or closed in this window, spell by spell (api.outage_episode_between). A hole: ok, or nobody looked.',
      noValue: 'No station was empty, full or closed in this time',
      unit: 'none',
    },
    outageTimelineQuery(SYSTEM),
    'station',
    outageMapping(),
  );

export const slaPerDay = () =>
  chart(
    {
      title: 'Service level per day',
      description: `Share of the observed minutes from $from_hour to $to_hour h, local time, in which a station was neither empty, full nor closed, or so for no longer than $tolerated_minutes minutes in a
row (api.sla_compliance_between): mean, and the worst tenth of the stations. Whole days, whatever the window.`,
      noValue: 'No day with observed service hours yet',
      unit: 'percentunit',
      decimals: 1,
    },
    [slaQuery.perDay(SYSTEM)],
    {
      points: 'always',
      max: 1,
      colours: { 'Mean of stations': PALE_BLUE, 'Worst tenth': ORANGE },
      interval: '1d',
    },
  );

export const slaPerStation = () =>
  table(
    {
      title: 'Service level per station',
      description:
        'The same for each station over the days of the window, the worst first; 50 of them. Too long: outages longer than $tolerated_minutes minutes. A name leads to the station.',
      noValue: 'No day with observed service hours yet',
      unit: 'none',
    },
    slaQuery.perStation(SYSTEM),
    {
      Station: { links: [toStation] },
      'In target': { unit: 'percentunit', decimals: 1, bar: PALE_BLUE, max: 1, width: 150 },
      Observed: { unit: 'suffix:h', width: 110 },
      Longest: { unit: 'm', width: 110 },
      'Too long': { width: 100 },
      system_id: { hidden: true },
      station_id: { hidden: true },
    },
  );
