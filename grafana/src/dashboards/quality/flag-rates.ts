import { chart, colourOfPlaces, LINES_MAX } from '../../panels/chart.ts';
import { sqlSeries } from '../../questions/sql-query.ts';

/** How common each flag was, by day, in all systems. */

/** The commonest flags, with their place in the order before the name: a line has the colour of its place. */
const rates = (share: string) =>
  sqlSeries(`
    select day::timestamptz as time, place || '. ' || flag as metric, share
    from (
      select day, flag, share, dense_rank() over (order by most desc, flag) as place
      from (
        select day, flag, ${share} as share, max(${share}) over (partition by flag) as most
        from api.data_quality_rate
        where day between $__timeFrom()::date and $__timeTo()::date and ${share} > 0
      ) as flagged
    ) as placed
    where place <= ${LINES_MAX}
    order by 1, 2
    limit 20000`);

export const systemRates = () =>
  chart(
    {
      title: 'Share of systems with each flag',
      description: `By day (UTC), of all systems that were polled that day: the ${LINES_MAX} flags that were commonest in the time on screen. A flag that no system had has no point.`,
      noValue: 'No flag was seen, or not observed',
      unit: 'percentunit',
      decimals: 1,
    },
    [rates('systems_share')],
    { points: 'always', overrides: colourOfPlaces() },
  );

export const stationRates = () =>
  chart(
    {
      title: 'Share of stations with each flag',
      description: `By day (UTC), of all stations of systems that were polled that day; flags of stations only, the ${LINES_MAX} that were commonest in the time on screen.`,
      noValue: 'No station was flagged, or not observed',
      unit: 'percentunit',
      decimals: 2,
    },
    [rates('stations_share')],
    { points: 'always', overrides: colourOfPlaces() },
  );
