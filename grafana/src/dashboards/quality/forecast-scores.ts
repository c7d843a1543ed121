import { toSystem } from '../../links.ts';
import { chart, colourOfPlaces, DASHED, LINES_MAX } from '../../panels/chart.ts';
import { ofPattern } from '../../panels/panel.ts';
import { table } from '../../panels/table.ts';
import { sqlSeries, sqlTable } from '../../questions/sql-query.ts';
import { CHOSEN_SYSTEMS } from '../../questions/variables.ts';

/** How good the forecasts were that came due in the time on screen (api.forecast_skill; docs/forecast.md says how they are judged). */

type Target = 'bike' | 'dock';

const ON_SCREEN = `${CHOSEN_SYSTEMS} and day between $__timeFrom()::date and $__timeTo()::date`;

/** There is none in an empty range, of a feed that is dead, and in the first day of a system. */
const NONE_DUE = 'No forecast came due in this time';

/** A score that is the table's own to the last digit: the store forecast by the table. A model that is not trusted at all comes to the same. */
const BY_TABLE = 'abs(brier - brier_damped) < 1e-9';

export const scoresBySystem = () =>
  table(
    {
      title: 'Forecasts by system, the worst first',
      description: `Of the forecasts that came due in this time. Skill: by how much their error was smaller than that of the share of past cases with the same count (the table by count); below 0 it was larger. Over
present count: than that of "all stays as it is". In use: what made the forecasts of the last day. A model that is no better than the table on four days gives way to it. A system's first forecasts need a
day of history and are judged 20 to 60 minutes later. Imported archives are not forecast.`,
      noValue: 'No polled system is chosen',
      unit: 'none',
    },
    sqlTable(`
      select system.system_id as "System", coalesce(target || ' +' || minutes || ' min', 'none came due') as "Forecast",
        over_table as "Skill", in_use as "In use", over_present as "Over present count", pairs as "Cases", last_day::text as "Last day", system.system_id
      from api.system
      left join (
        select system_id, target, minutes, sum(pairs) as pairs, max(day) as last_day,
          1 - sum(brier * pairs) / nullif(sum(brier_damped * pairs), 0) as over_table,
          1 - sum(brier * pairs) / nullif(sum(brier_persistence * pairs), 0) as over_present,
          (array_agg(case when ${BY_TABLE} then 'table by count' else 'model' end order by day desc))[1] as in_use
        from api.forecast_skill
        where ${ON_SCREEN}
        group by system_id, target, minutes
      ) as scored using (system_id)
      where ${CHOSEN_SYSTEMS} and (target is not null or not is_archive)
      order by over_table nulls last, 1, 2
      limit 400`),
    {
      // The first three have room on a telephone.
      System: { links: [toSystem], minWidth: 110 },
      Forecast: { width: 115 },
      Skill: { unit: 'percentunit', decimals: 1, width: 70 },
      'Over present count': { unit: 'percentunit', decimals: 1 },
      Cases: { unit: 'locale', decimals: 0 },
      system_id: { hidden: true },
    },
  );

export const forecastSkill = (target: Target) =>
  chart(
    {
      title: `Skill of ${target} forecasts`,
      description: `By how much the forecasts of ${target}s lowered the error (Brier score) of the share of past cases with the same count (damped persistence), by the system's own day. Below 0 they were
worse. At 0 that share itself was the forecast, because the model was no better. The ${LINES_MAX} chosen systems with the most forecasts, a colour each; dashes: 60 minutes ahead.`,
      noValue: NONE_DUE,
      unit: 'percentunit',
      decimals: 1,
    },
    [
      sqlSeries(`
        select day::timestamptz as time, place || '. ' || system_id || ' +' || minutes || ' min' as metric, skill_damped as skill
        from api.forecast_skill
        join (
          select system_id, row_number() over (order by sum(pairs) desc, system_id) as place
          from api.forecast_skill
          where target = '${target}' and ${ON_SCREEN}
          group by system_id
        ) as ranked using (system_id)
        where target = '${target}' and ${ON_SCREEN} and skill_damped is not null and place <= ${LINES_MAX}
        order by 1, 2
        limit 20000`),
    ],
    {
      points: 'always',
      min: null,
      overrides: [...colourOfPlaces(), ofPattern('/ \\+60 min$/', DASHED)],
    },
  );

export const reliability = (target: Target) =>
  table(
    {
      title: `Reliability of ${target} forecasts`,
      description: `The forecasts of ${target}s that came due in this time, by tenth of probability: their mean, and the share that came true. The two should be the same; of fewer than 500 cases they may
differ by chance.`,
      noValue: NONE_DUE,
      unit: 'none',
    },
    sqlTable(`
      select (tenth - 1) * 10 || ' to ' || tenth * 10 || ' %' as "Forecast",
        sum(forecast) / nullif(sum(cases), 0) as "Mean", sum(observed)::float8 / nullif(sum(cases), 0) as "Came true", sum(cases) as "Cases"
      from api.forecast_skill
      cross join lateral unnest(bin_cases, bin_forecast, bin_observed) with ordinality as bin (cases, forecast, observed, tenth)
      where target = '${target}' and ${ON_SCREEN}
      group by tenth
      having sum(cases) > 0
      order by tenth
      limit 10`),
    {
      // A telephone has room for these four.
      Forecast: { minWidth: 100 },
      Mean: { unit: 'percentunit', decimals: 1, minWidth: 65 },
      'Came true': { unit: 'percentunit', decimals: 1, minWidth: 85 },
      Cases: { unit: 'locale', decimals: 0, minWidth: 75 },
    },
  );
