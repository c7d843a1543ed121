const STATION_FEED = "feed = 'station_status'";
export const VEHICLE_FEEDS = "feed in ('free_bike_status', 'vehicle_status')";

/**
 * Runs of polls and until when each holds (`held_to`).
 * @param where which systems, in SQL
 * @param feed which feed
 */
export const coverageSpans = (where: string, feed = STATION_FEED): string => `
      select * from api.held_coverage where ${where} and ${feed}`;

/**
 * Where each of those rows begins, by the code of its outcome, and where it no longer holds (0). What follows the `from` of a query over them: the
 * columns edge.at and edge.code. Where one run ends as the next begins, the larger code counts. The last row of each line is an end: Grafana
 * draws the last state on to the end of the screen, which may not have been observed.
 */
export const COVERAGE_EDGES = `
        cross join array_position(array['observed', 'empty', 'undecodable', 'failed', 'lost'], outcome) as outcome_code
        cross join lateral (
          values (greatest(from_at, $__timeFrom()::timestamptz), outcome_code), (least(held_to, $__timeTo()::timestamptz), 0)
        ) as edge (at, code)`;
