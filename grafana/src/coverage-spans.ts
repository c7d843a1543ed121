export const STATION_FEED = "feed = 'station_status'";
export const VEHICLE_FEEDS = "feed in ('free_bike_status', 'vehicle_status')";

/**
 * Rows of api.feed_coverage, with `held_to`: the beginning of the next row when that follows as polls do (no later than three
 * times the usual pause, or 2 minutes), the present when the next is not due yet, else the row's own end, after which nobody polled.
 * @param where which systems, in SQL
 * @param feed which feed
 */
export const coverageSpans = (where: string, feed = STATION_FEED): string => `
      select *,
        case
          when lead(from_at, 1, now()) over per_system - to_at <= greatest(interval '2 minutes', 3 * (to_at - from_at) / nullif(polls - 1, 0))
            then lead(from_at, 1, now()) over per_system
          else to_at
        end as held_to
      from api.feed_coverage
      where ${where} and ${feed}
      window per_system as (partition by system_id, feed order by from_at)`;

/**
 * Where each of those rows begins, by the code of its outcome, and where it no longer holds (0). What follows the `from` of a query over them: the
 * columns edge.at and edge.code. Where one run ends as the next begins, the larger code counts. The last row of each line is an end: Grafana
 * draws the last state on to the end of the screen, where nobody may have looked.
 */
export const COVERAGE_EDGES = `
        cross join array_position(array['observed', 'empty', 'undecodable', 'failed', 'lost'], outcome) as outcome_code
        cross join lateral (
          values (greatest(from_at, $__timeFrom()::timestamptz), outcome_code), (least(held_to, $__timeTo()::timestamptz), 0)
        ) as edge (at, code)`;
