import { GREY, ORANGE, PALE_BLUE } from '../colours.ts';
import { toStation } from '../links.ts';
import { dayChart } from '../panels/day-chart.ts';
import { table } from '../panels/table.ts';
import { timeline } from '../panels/timeline.ts';
import { sqlString } from '../questions/sql-query.ts';
import { stateCodeMapping } from '../station-states.ts';
import { outageTimelineQuery, slaQuery, worstStationsQuery } from './system-queries.ts';

/** The lower half of a system's dashboard, which shows where the system fails riders. */

const SYSTEM = sqlString('system');

export const worstStations = () =>
  table(
    {
      title: 'Worst stations',
      description: `Time in this window for which each station was empty, full or closed (api.outage_episode_between), the worst 50. Spells are cut to the window; unobserved time
does not count. A name leads to the station.`,
      noValue: 'No station was empty, full or closed in this time',
      unit: 'none',
    },
    worstStationsQuery(SYSTEM),
    {
      Station: { links: [toStation] },
      // The name gets what is left: at 1400 px that is enough for 25 letters.
      Empty: { unit: 'dtdhms', bar: ORANGE, width: 115 },
      Full: { unit: 'dtdhms', bar: PALE_BLUE, width: 115 },
      Closed: { unit: 'dtdhms', width: 105 },
      Spells: { width: 62 },
      Longest: { unit: 'dtdhms', width: 105 },
      system_id: { hidden: true },
      station_id: { hidden: true },
    },
  );

export const outageTimeline = () =>
  timeline(
    {
      title: 'When the worst were out',
      description:
        'The 15 stations that were empty, full or closed longest in this window, spell by spell (api.station_spell_between). A spell ends, as far as is known, at the last poll that saw it.',
      noValue: 'No station was empty, full or closed in this time',
      unit: 'none',
    },
    outageTimelineQuery(SYSTEM),
    'station',
    stateCodeMapping(),
  );

export const slaPerDay = () =>
  dayChart(
    {
      title: 'Service level per day, last $sla_days days',
      description: `Share of the known minutes from $from_hour to $to_hour h, local time, in which a station was neither empty, full nor closed, or out for no longer than $tolerated_minutes minutes in a
row (api.sla_compliance_between): mean, and the worst tenth of the stations. Whole days up to the end of the time on screen, whatever its beginning. Observed: how much of these hours the
states of the stations were known; of a day with less than half of it no level is drawn.`,
      noValue: 'No whole day with observed service hours',
      unit: 'percentunit',
      decimals: 1,
    },
    slaQuery.perDay(SYSTEM),
    { 'Mean of stations': PALE_BLUE, 'Worst tenth': ORANGE, Observed: GREY },
  );

export const slaPerStation = () =>
  table(
    {
      title: 'Service level per station, last $sla_days days',
      description:
        'The same for each station, the worst first; 50 of them. Known: share of the service hours in which its state was known; with less than half of them there is no level. Too long: outages longer than $tolerated_minutes minutes. A name leads to the station.',
      noValue: 'No whole day with observed service hours',
      unit: 'none',
    },
    slaQuery.perStation(SYSTEM),
    {
      Station: { links: [toStation] },
      'In target': { unit: 'percentunit', decimals: 1, bar: PALE_BLUE, max: 1, width: 150 },
      Known: { unit: 'percentunit', decimals: 0, width: 90 },
      Longest: { unit: 'dtdhms', width: 110 },
      'Too long': { width: 100 },
      system_id: { hidden: true },
      station_id: { hidden: true },
    },
  );
