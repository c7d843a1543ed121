import { MIDDLE, PALE_BLUE, PALE_ORANGE } from '../colours.ts';
import { chart, DASHED } from '../panels/chart.ts';
import { ofField } from '../panels/panel.ts';
import { END, sqlSeries } from '../questions/sql-query.ts';

/** A usual value, unless it comes from the drawn hour alone: then it would always be as usual. */
const elsewhere = (column: string): string =>
  `case when usual.hours_observed >= hour.observed_share + 0.5 then usual.${column} end`;

/**
 * The hours of the time range, with the usual values for their weekday and hour in the system's local time. Each hour is a step from its first
 * to its last observed moment, with nothing after it. System and station are SQL text.
 */
const usualQuery = (system: string, station: string, columns: Record<string, string>) =>
  sqlSeries(`
    select
      edge.at as time,
      ${Object.entries(columns)
        .map(([name, column]) => `case when edge.is_seen then ${column} end as "${name}"`)
        .join(',\n      ')}
    from api.station_hour_between(date_trunc('hour', $__timeFrom()::timestamptz), $__timeTo(), ${system}, ${station}) as hour
    join api.system using (system_id)
    left join api.profile_weekly_of(${system}, ${station}) as usual
      on usual.weekday = extract(isodow from hour.hour_at at time zone api.timezone_or_utc(system.timezone))
      and usual.hour = extract(hour from hour.hour_at at time zone api.timezone_or_utc(system.timezone))
    cross join lateral (
      select
        greatest(hour.hour_at, $__timeFrom()::timestamptz, min(span.from_at)) as from_at,
        least(hour.hour_at + interval '1 hour', ${END}, max(span.to_at)) as to_at
      from api.seen_span as span
      where span.system_id = ${system} and span.from_at < hour.hour_at + interval '1 hour' and span.to_at > hour.hour_at
    ) as seen
    cross join lateral (
      values (seen.from_at, true), (seen.to_at - interval '2 ms', true), (seen.to_at - interval '1 ms', false)
    ) as edge (at, is_seen)
    where seen.from_at < seen.to_at - interval '2 ms'
    order by 1
    limit 5000`);

/** Lines must not continue over unknown hours. */
const HOUR_MS = 3_600_000;

/** The bikes of one station. Both parameters are SQL text. */
export const againstTheUsual = (system: string, station: string) =>
  chart(
    {
      title: 'Bikes against the usual',
      description: `Mean bikes of each hour (api.station_hour_between) beside the mean of the same weekday and hour in all of the station's history (api.profile_weekly_of), local
time of the system. Where no other week was observed there is no usual.`,
      noValue: 'No whole hour in this time range has been summed yet, or none was observed',
      unit: 'none',
      decimals: 1,
    },
    [usualQuery(system, station, { 'This time': 'hour.bikes_mean', Usual: elsewhere('bikes_mean') })],
    {
      shape: 'steps',
      apartMs: HOUR_MS,
      colours: { 'This time': PALE_ORANGE, Usual: MIDDLE },
      overrides: [ofField('Usual', DASHED)],
    },
  );

/** How long one station is empty or full. Both parameters are SQL text. */
export const usualShares = (system: string, station: string) =>
  chart(
    {
      title: 'Share of the hour empty or full',
      description:
        'Of the known part of each hour (api.station_hour_between), drawn as far as it was observed, and the usual value for that weekday and hour (api.profile_weekly_of).',
      noValue: 'No whole hour in this time range has been summed yet, or none was observed',
      unit: 'percentunit',
    },
    [
      usualQuery(system, station, {
        Empty: 'hour.empty_share',
        Full: 'hour.full_share',
        'Usually empty': elsewhere('empty_share'),
        'Usually full': elsewhere('full_share'),
      }),
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
        ofField(name, DASHED, ['custom.lineWidth', 1]),
      ),
    },
  );
