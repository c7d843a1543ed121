import { BLUE } from '../colours.ts';
import { STEP_SECONDS, sqlSeries, WINDOW } from '../questions/sql-query.ts';
import { chart } from './chart.ts';

/**
 * E-bikes over the time on screen, of all stations of a system or of one. Both parameters are SQL text. For a feed that never counts e-bikes the
 * query returns no row, and the empty chart says so.
 */
export const ebikesOverTime = (where: string, system: string, station = 'null') =>
  chart(
    {
      title: 'E-bikes over time',
      description: `Available ${where}, as far as the feed says which bikes are electric (api.ebike_count_between). A gap: the feed does not say, or was not observed.`,
      noValue: 'The feed does not say, or was not observed in this time',
      unit: 'none',
      decimals: 0,
    },
    [
      sqlSeries(`
        select at as time, num_ebikes_available as "E-bikes"
        from (
          select at, num_ebikes_available, bool_or(num_ebikes_available is not null) over () as is_told
          from api.ebike_count_between(${WINDOW}, ${system}, ${STEP_SECONDS}, ${station})
        ) as counted
        where is_told
        order by 1
        limit 2001`),
    ],
    { shape: 'steps', colours: { 'E-bikes': BLUE } },
  );
