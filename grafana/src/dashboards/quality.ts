import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard } from '../dashboard.ts';
import { line } from '../layout.ts';
import { toSystem, UIDS } from '../links.ts';
import { chart } from '../panels/chart.ts';
import { stat } from '../panels/stat.ts';
import { table } from '../panels/table.ts';
import { sqlArray, sqlSeries, sqlTable } from '../questions/sql-query.ts';
import { manySystems } from '../questions/variables.ts';

const CHOSEN = `system_id = any(${sqlArray('system')})`;

/** Shows what is wrong with the feeds, how common that is, and how good the forecasts were. */
export function quality(): Dashboard {
  return dashboard({
    uid: UIDS.quality,
    title: 'Velolog: quality',
    description:
      'What is wrong with feeds and stations, since when and how it shows; how common each flag is; how good the forecasts were.',
    from: 'now-30d',
    variables: [manySystems()],
    sections: [
      {
        lines: [
          line(4, [8, openIssues()], [8, systemsFlagged()], [8, deadOrLying()]),
          line(10, [24, issueTable()]),
          line(8, [24, worstSystems()]),
        ],
      },
      { title: 'How common', lines: [line(9, [12, systemRates()], [12, stationRates()])] },
      { title: 'Forecasts', lines: [line(9, [12, forecastSkill()], [12, reliability()])] },
      { title: 'Flags', lines: [line(12, [24, flagTable()])] },
    ],
  });
}

/** Null if none of the chosen systems is polled: archives are not checked, so 0 would look like a good result. */
const open = (name: string, counted: string, more = '') =>
  sqlTable(`
    select case when exists (select from api.system where ${CHOSEN} and not is_archive) then ${counted} end as "${name}"
    from api.data_quality_issue
    join api.data_quality_flag using (flag)
    where ${CHOSEN} and is_open${more}`);

const openIssues = () =>
  stat(
    {
      title: 'Issues now',
      description: 'Flags of feeds and stations that have not ended and were seen in the last 24 hours.',
      noValue: 'Not known',
      unit: 'none',
    },
    open('Open', 'count(*)'),
  );

const systemsFlagged = () =>
  stat(
    {
      title: 'Systems with an issue now',
      description: 'Chosen systems with an open issue of any kind. Most are harmless: look at the flags.',
      noValue: 'Not known',
      unit: 'none',
    },
    open('Systems', 'count(distinct system_id)'),
  );

const deadOrLying = () =>
  stat(
    {
      title: 'Dead or lying now',
      description:
        'Open issues that mean that the feed does not say what riders find (data_quality_flag.is_dead_or_lying).',
      noValue: 'Not known',
      unit: 'none',
    },
    open('Dead or lying', 'count(*)', ' and is_dead_or_lying'),
  );

const issueTable = () =>
  table(
    {
      title: 'Open issues now',
      description:
        'The newest 500 open issues of the chosen systems, with the evidence. A flag never changes the data.',
      noValue: 'Nothing is flagged, or not checked',
      unit: 'none',
    },
    sqlTable(`
      select system_id as "System", flag as "Flag", feed as "Feed", coalesce(station_id, '') as "Station", since as "Since", evidence::text as "Evidence", system_id
      from api.data_quality_issue
      where ${CHOSEN} and is_open
      order by since desc, flag
      limit 500`),
    { System: { links: [toSystem] }, Evidence: { width: 420, wrapped: true }, system_id: { hidden: true } },
  );

const worstSystems = () =>
  table(
    {
      title: 'Worst systems now',
      description: 'Systems by open issues that mean a dead or lying feed, then by all.',
      noValue: 'Nothing is flagged, or not checked',
      unit: 'none',
    },
    sqlTable(`
      select system_id as "System", count(*) filter (where is_dead_or_lying) as "Dead or lying", count(*) as "Issues", string_agg(distinct flag, ', ') as "Flags", system_id
      from api.data_quality_issue
      join api.data_quality_flag using (flag)
      where ${CHOSEN} and is_open
      group by system_id
      order by 2 desc, 3 desc, 1
      limit 50`),
    { System: { links: [toSystem] }, Flags: { wrapped: true }, system_id: { hidden: true } },
  );

const rates = (share: string) =>
  sqlSeries(`
    select day::timestamptz as time, flag as metric, ${share} as share
    from api.data_quality_rate
    where day between $__timeFrom()::date and $__timeTo()::date and ${share} > 0
    order by 1, 2
    limit 5000`);

const systemRates = () =>
  chart(
    {
      title: 'Share of systems with each flag',
      description:
        'By day (UTC), of all systems that were polled that day. A flag that no system had has no point.',
      noValue: 'No flag was seen, or not observed',
      unit: 'percentunit',
      decimals: 1,
    },
    [rates('systems_share')],
    { points: 'always' },
  );

const stationRates = () =>
  chart(
    {
      title: 'Share of stations with each flag',
      description:
        'By day (UTC), of all stations of systems that were polled that day; flags of stations only.',
      noValue: 'No station was flagged, or not observed',
      unit: 'percentunit',
      decimals: 2,
    },
    [rates('stations_share')],
    { points: 'always' },
  );

const forecastSkill = () =>
  chart(
    {
      title: 'Skill of forecasts over damped persistence',
      description:
        'Share of the Brier score of the count alone that the forecasts of bikes saved, by day (api.forecast_skill). Below 0 they were worse; such a model is not used.',
      noValue: 'No forecast has come due yet',
      unit: 'percentunit',
      decimals: 1,
    },
    [
      sqlSeries(`
        select day::timestamptz as time, system_id || ' +' || minutes || ' min' as metric, skill_damped as skill
        from api.forecast_skill
        where ${CHOSEN} and target = 'bike' and skill_damped is not null and day between $__timeFrom()::date and $__timeTo()::date
        order by 1, 2
        limit 5000`),
    ],
    { points: 'always', min: null },
  );

const reliability = () =>
  table(
    {
      title: 'Reliability of forecasts',
      description:
        'Forecasts of bikes in the window by tenth of probability: their mean, and the share that came true. The two should be the same.',
      noValue: 'No forecast has come due yet',
      unit: 'none',
    },
    sqlTable(`
      select (tenth - 1) * 10 || ' to ' || tenth * 10 || ' %' as "Forecast", sum(cases) as "Cases",
        sum(forecast) / nullif(sum(cases), 0) as "Mean forecast", sum(observed)::float8 / nullif(sum(cases), 0) as "Came true"
      from api.forecast_skill
      cross join lateral unnest(bin_cases, bin_forecast, bin_observed) with ordinality as bin (cases, forecast, observed, tenth)
      where ${CHOSEN} and target = 'bike' and day between $__timeFrom()::date and $__timeTo()::date
      group by tenth
      having sum(cases) > 0
      order by tenth
      limit 10`),
    {
      'Mean forecast': { unit: 'percentunit', decimals: 1 },
      'Came true': { unit: 'percentunit', decimals: 1 },
    },
  );

const flagTable = () =>
  table(
    {
      title: 'What the checks look for',
      description:
        'Each flag with its threshold and how common it is, where that was measured (api.data_quality_flag).',
      noValue: 'None',
      unit: 'none',
    },
    sqlTable(`
      select flag as "Flag", definition as "What", threshold as "Threshold", why as "Why", known_rate as "Known rate"
      from api.data_quality_flag
      order by flag
      limit 100`),
    {
      Flag: { width: 190 },
      What: { width: 330, wrapped: true },
      Threshold: { width: 260, wrapped: true },
      Why: { wrapped: true },
      'Known rate': { wrapped: true },
    },
  );
