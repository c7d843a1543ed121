import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { ageOfData } from './age-of-data.ts';
import { chart } from './chart.ts';
import { GREY, MIDDLE, outcomeMapping, PALE_BLUE, PALE_ORANGE, stateMapping } from './colours.ts';
import { coverageSpans } from './coverage-spans.ts';
import { dashboard, unobservedTime } from './dashboard.ts';
import { line } from './layout.ts';
import { UIDS } from './links.ts';
import { ofField } from './panel.ts';
import { sqlSeries, sqlString, sqlTable, WINDOW } from './sql-query.ts';
import { stat } from './stat.ts';
import { table } from './table.ts';
import { timeline } from './timeline.ts';
import { oneStation, oneSystem } from './variables.ts';

const SYSTEM = sqlString('system');
const STATION = sqlString('station');
const THIS_STATION = `system_id = ${SYSTEM} and station_id = ${STATION}`;

/** One station. */
export function station(): Dashboard {
  return dashboard({
    uid: UIDS.station,
    title: 'Velolog: station',
    description: 'One station: what it offered when, its outages and changes, and what is usual for it.',
    from: 'now-24h',
    variables: [oneSystem(), oneStation()],
    annotations: [unobservedTime(SYSTEM)],
    sections: [
      {
        lines: [
          line(
            4,
            [4, state()],
            [4, since()],
            [4, count('Bikes', 'num_bikes_available')],
            [4, count('Free docks', 'num_docks_available')],
            [4, count('Capacity', 'capacity')],
            [4, age()],
          ),
          line(10, [24, steps()]),
          line(5, [24, states()]),
          line(6, [24, coverage()]),
          line(9, [12, usual()], [12, usualShares()]),
          line(10, [12, changes()], [12, outages()]),
        ],
      },
    ],
  });
}

const now = (select: string) => sqlTable(`select ${select} from api.station_current where ${THIS_STATION}`);

const state = () =>
  stat(
    {
      title: 'State',
      description:
        'Ok, empty (nobody can rent), full (nobody can return), closed (neither) or no longer listed.',
      noValue: 'Not known',
      unit: 'string',
    },
    now('state as "State"'),
    { isText: true, defaults: { mappings: [stateMapping()] } },
  );

const since = () =>
  stat(
    {
      title: 'For',
      description: 'How long the present state has lasted.',
      noValue: 'Not known',
      unit: 's',
      decimals: 0,
    },
    now('round(extract(epoch from now() - state_since))::double precision as "For"'),
  );

const count = (title: string, column: string) =>
  stat(
    {
      title,
      description: 'As the feed says now; empty when it does not.',
      noValue: 'Not known',
      unit: 'none',
    },
    now(`${column} as "${title}"`),
  );

const age = () => ageOfData(now('round(age_seconds) as "Age"'));

const steps = () =>
  chart(
    {
      title: 'Bikes and docks',
      description:
        'As they were from change to change (api.station_step_between). A hole: nobody looked, or the station was not listed.',
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
      description:
        'Ok, empty, full, closed, not listed (api.station_step_between). Nothing is drawn where nobody looked.',
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
      description: `Polls of the system's station_status by their outcome (api.feed_coverage). Only "observed" is observation; where nothing is drawn nobody polled.`,
      noValue: 'No poll in this time',
      unit: 'string',
    },
    sqlTable(`
      select greatest(from_at, $__timeFrom()::timestamptz) as time, least(held_to, $__timeTo()::timestamptz) as "end", outcome as "Feed"
      from (${coverageSpans(`system_id = ${SYSTEM}`)}
      ) as span
      where held_to >= $__timeFrom()::timestamptz and from_at <= $__timeTo()::timestamptz
      order by 1
      limit 5000`),
    null,
    outcomeMapping(),
  );

/** The hours of the window, with what is usual at their weekday and hour in the system's own time. A step from begin to end each. */
const usualQuery = (select: string) =>
  sqlSeries(`
    select
      least(greatest(hour.hour_at + edge.at, $__timeFrom()::timestamptz), $__timeTo()::timestamptz) as time,
      ${select}
    from api.station_hour_between(date_trunc('hour', $__timeFrom()::timestamptz), $__timeTo(), ${SYSTEM}, ${STATION}) as hour
    join api.system using (system_id)
    left join api.profile_weekly_of(${SYSTEM}, ${STATION}) as usual
      on usual.weekday = extract(isodow from hour.hour_at at time zone api.timezone_or_utc(system.timezone))
      and usual.hour = extract(hour from hour.hour_at at time zone api.timezone_or_utc(system.timezone))
    cross join (values (interval '0'), (interval '59 min 59 s')) as edge (at)
    order by 1
    limit 5000`);

/** A line does not go on over hours of which nothing is known. */
const HOUR_MS = 3_600_000;

const usual = () =>
  chart(
    {
      title: 'Bikes against the usual',
      description: `Mean bikes of each hour (api.station_hour_between) beside the mean of the same weekday and hour in all of the station's history (api.profile_weekly_of), local
time of the system. Young histories have little to say.`,
      noValue: 'No whole hour in this time yet',
      unit: 'none',
      decimals: 1,
    },
    [usualQuery('hour.bikes_mean as "This time", usual.bikes_mean as "Usual"')],
    {
      shape: 'steps',
      apartMs: HOUR_MS,
      colours: { 'This time': PALE_ORANGE, Usual: MIDDLE },
      overrides: [ofField('Usual', ['custom.lineStyle', { fill: 'dash', dash: [10, 6] }])],
    },
  );

const usualShares = () =>
  chart(
    {
      title: 'Share of the hour empty or full',
      description:
        'Of the observed part of each hour (api.station_hour_between), and what is usual at that weekday and hour (api.profile_weekly_of).',
      noValue: 'No whole hour in this time yet',
      unit: 'percentunit',
    },
    [
      usualQuery(
        'hour.empty_share as "Empty", hour.full_share as "Full", usual.empty_share as "Usually empty", usual.full_share as "Usually full"',
      ),
    ],
    {
      shape: 'steps',
      apartMs: HOUR_MS,
      max: 1,
      colours: {
        Empty: PALE_ORANGE,
        Full: PALE_BLUE,
        'Usually empty': PALE_ORANGE,
        'Usually full': PALE_BLUE,
      },
      overrides: ['Usually empty', 'Usually full'].map((name) =>
        ofField(name, ['custom.lineStyle', { fill: 'dash', dash: [10, 6] }], ['custom.lineWidth', 1]),
      ),
    },
  );

const changes = () =>
  table(
    {
      title: 'Changes',
      description:
        'The last 200 in the time on screen (api.station_change_between). Gap: time before it in which nobody looked, so that it may have been several changes.',
      noValue: 'No change in this time',
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
    { 'Seen at': { unit: 'dateTimeAsIsoNoDateIfToday', width: 165 }, Gap: { unit: 's', decimals: 0 } },
  );

const outages = () =>
  table(
    {
      title: 'Outages',
      description:
        'Spells empty, full or closed that touch the time on screen, whole (api.outage_episode_between). A beginning or end that nobody saw is marked with a no.',
      noValue: 'Never empty, full or closed in this time',
      unit: 'none',
    },
    sqlTable(`
      select
        from_at as "From",
        to_at as "To",
        state as "State",
        duration_seconds as "Duration",
        case when start_observed then 'yes' else 'no' end as "Start seen",
        case when is_open then 'goes on' when end_observed then 'yes' else 'no' end as "End seen"
      from api.outage_episode_between(${WINDOW}, ${SYSTEM}, ${STATION})
      order by from_at desc
      limit 200`),
    {
      From: { unit: 'dateTimeAsIsoNoDateIfToday', width: 165 },
      To: { unit: 'dateTimeAsIsoNoDateIfToday', width: 165 },
      State: { mappings: [stateMapping()], coloured: true, width: 80 },
      Duration: { unit: 's', decimals: 0 },
      'Start seen': { width: 90 },
      'End seen': { width: 90 },
    },
  );
