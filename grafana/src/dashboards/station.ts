import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { GREY, outcomeCodes, PALE_BLUE, PALE_ORANGE } from '../colours.ts';
import { dashboard, unobservedTime } from '../dashboard.ts';
import { line } from '../layout.ts';
import { UIDS } from '../links.ts';
import { ageOfData, ageOfStations } from '../panels/age-of-data.ts';
import { chart } from '../panels/chart.ts';
import { ebikesOverTime } from '../panels/ebikes-over-time.ts';
import { ofField } from '../panels/panel.ts';
import { stat } from '../panels/stat.ts';
import { table } from '../panels/table.ts';
import { timeline } from '../panels/timeline.ts';
import { COVERAGE_EDGES, coverageSpans } from '../questions/coverage-spans.ts';
import { operatorAlerts } from '../questions/operator-alerts.ts';
import { END, sqlSeries, sqlString, sqlTable, stationsAtEnd, WINDOW } from '../questions/sql-query.ts';
import { oneStation, oneSystem } from '../questions/variables.ts';
import { stateMapping, stateWordMapping } from '../station-states.ts';
import { againstTheUsual, usualShares } from './usual-week.ts';

const SYSTEM = sqlString('system');
const STATION = sqlString('station');

export function station(): Dashboard {
  return dashboard({
    uid: UIDS.station,
    title: 'Velolog: station',
    description: 'One station: what it offered when, its outages and changes, and what is usual for it.',
    from: 'now-24h',
    variables: [oneSystem(), oneStation()],
    annotations: [unobservedTime(SYSTEM), operatorAlerts(SYSTEM, STATION)],
    sections: [
      {
        lines: [
          line(
            3,
            [4, state()],
            [4, since()],
            [3, count('Bikes', 'num_bikes_available')],
            [3, count('E-bikes', 'num_ebikes_available')],
            [3, count('Free docks', 'num_docks_available')],
            [3, count('Capacity', 'capacity')],
            [4, age()],
          ),
          line(10, [24, steps()]),
          line(6, [24, ebikesOverTime('at this station', SYSTEM, STATION)]),
          line(6, [12, states()], [12, coverage()]),
          line(9, [12, againstTheUsual(SYSTEM, STATION)], [12, usualShares(SYSTEM, STATION)]),
          line(10, [10, changes()], [14, outages()]),
        ],
      },
    ],
  });
}

const AT_END = `${stationsAtEnd(SYSTEM)} as station where station_id = ${STATION}`;

const atEnd = (select: string) => sqlTable(`select ${select} from ${AT_END}`);

const state = () =>
  stat(
    {
      title: 'State',
      description:
        'At the end of the time on screen: ok, empty (nobody can rent), full (nobody can return), closed (neither), no longer listed, not known (the feed gives neither count) or not observed.',
      noValue: 'not recorded yet',
      unit: 'string',
    },
    atEnd(`coalesce(state, 'unseen') as "State"`),
    { isText: true, defaults: { mappings: [stateWordMapping()] } },
  );

const since = () =>
  stat(
    {
      title: 'For',
      description: 'How long that state had lasted at the end of the time on screen.',
      noValue: 'Not known',
      unit: 'dtdhms',
    },
    atEnd(`round(extract(epoch from ${END} - state_since))::double precision as "For"`),
  );

const count = (title: string, column: string) =>
  stat(
    {
      title,
      description: 'What the feed said at the end of the time on screen; empty if it did not say.',
      noValue: 'Not known',
      unit: 'none',
    },
    atEnd(`${column} as "${title}"`),
  );

/** An archive is not old, because it says nothing about the present. */
const age = () =>
  ageOfData({
    age: `case when state is not null or not is_archive then round(${ageOfStations('age_seconds', SYSTEM)}) end`,
    unseen: 'state is null',
    from: AT_END,
  });

const steps = () =>
  chart(
    {
      title: 'Bikes and docks',
      description:
        'As they were from change to change (api.station_step_between). A hole: not observed, or the station was not listed.',
      noValue: 'Nothing observed in this time',
      unit: 'none',
      decimals: 0,
    },
    [
      sqlSeries(`
        select
          at as time,
          num_bikes_available as "Bikes",
          num_docks_available as "Free docks",
          num_bikes_disabled as "Disabled bikes"
        from api.station_step_between(${WINDOW}, ${SYSTEM}, ${STATION})
        order by 1
        limit 20000`),
    ],
    {
      shape: 'steps',
      colours: { Bikes: PALE_ORANGE, 'Free docks': PALE_BLUE, 'Disabled bikes': GREY },
      overrides: [ofField('Disabled bikes', ['custom.lineStyle', { fill: 'dash', dash: [6, 6] }])],
    },
  );

const states = () =>
  timeline(
    {
      title: 'State over time',
      description: 'Ok, empty, full, closed, not listed, not known, not observed (api.station_step_between).',
      noValue: 'Nothing observed in this time',
      unit: 'string',
    },
    sqlTable(`
      select at as time, state as "State"
      from api.station_step_between(${WINDOW}, ${SYSTEM}, ${STATION})
      order by 1
      limit 20000`),
    null,
    stateMapping(),
  );

const coverage = () =>
  timeline(
    {
      title: 'How the feed was observed',
      description: `Polls of the system's station_status by their outcome (api.feed_coverage). Only "observed" counts as observation; "not polled" means that nobody asked.`,
      noValue: 'No system chosen',
      unit: 'none',
    },
    sqlTable(`
      select at as time, 'station_status' as feed, max(code) as code
      from (
        select $__timeFrom()::timestamptz as at, 0 as code
        union all
        select edge.at, edge.code
        from (${coverageSpans(`system_id = ${SYSTEM}`)}
        ) as span${COVERAGE_EDGES}
        where held_to >= $__timeFrom()::timestamptz and from_at <= $__timeTo()::timestamptz
      ) as moment
      group by 1
      order by 1
      limit 10000`),
    'feed',
    outcomeCodes(),
  );

const changes = () =>
  table(
    {
      title: 'Changes',
      description:
        'The last 200 changes in the time on screen (api.station_change_between). Gap: unobserved time before the change, so it may have been several changes.',
      noValue: 'No change was seen, or not observed',
      unit: 'none',
    },
    sqlTable(`
      select
        observed_at as "Seen at",
        bikes_delta as "Bikes by",
        num_bikes_available as "Bikes",
        docks_delta as "Docks by",
        num_docks_available as "Docks",
        gap_seconds as "Gap"
      from api.station_change_between(${WINDOW}, ${SYSTEM})
      where station_id = ${STATION}
      order by observed_at desc
      limit 200`),
    {
      'Seen at': { unit: 'dateTimeAsIsoNoDateIfToday', width: 155 },
      'Bikes by': { width: 72 },
      Bikes: { width: 58 },
      'Docks by': { width: 78 },
      Docks: { width: 60 },
      Gap: { unit: 'dtdhms', width: 105 },
    },
  );

const outages = () =>
  table(
    {
      title: 'Outages and gaps',
      description:
        'Spells empty, full or closed that overlap the time on screen, in full length (api.outage_episode_between), and the parts of that time that were not observed. "no" marks a beginning or an end that nobody saw; a spell that goes on ends here with the last poll that saw it.',
      noValue: 'Never empty, full or closed in this time',
      unit: 'none',
    },
    sqlTable(`
      select
        state as "State",
        from_at as "From",
        to_at as "To",
        duration_seconds as "Duration",
        case when start_observed then 'yes' else 'no' end as "Start seen",
        case when is_open then 'ongoing' when end_observed then 'yes' else 'no' end as "End seen"
      from api.outage_episode_between(${WINDOW}, ${SYSTEM}, ${STATION})
      union all
      select 'unseen', from_at, to_at, extract(epoch from to_at - from_at)::double precision, null, null
      from (
        select
          greatest(at, $__timeFrom()::timestamptz) as from_at,
          least(lead(at, 1, ${END}) over (order by at), ${END}) as to_at,
          state
        from api.station_step_between(${WINDOW}, ${SYSTEM}, ${STATION})
      ) as step
      where state = 'unseen' and to_at > from_at
      order by 2 desc
      limit 200`),
    {
      From: { unit: 'dateTimeAsIsoNoDateIfToday', width: 160 },
      To: { unit: 'dateTimeAsIsoNoDateIfToday', width: 160 },
      State: { mappings: [stateWordMapping()], coloured: true, width: 110 },
      Duration: { unit: 'dtdhms', width: 110 },
      'Start seen': { width: 90 },
      'End seen': { width: 90 },
    },
  );
