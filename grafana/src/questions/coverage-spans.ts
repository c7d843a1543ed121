const STATION_FEED = "feed = 'station_status'";
export const VEHICLE_FEEDS = "feed in ('free_bike_status', 'vehicle_status')";

/**
 * Runs of polls, and until when each one holds (`held_to`).
 * @param where SQL condition for the systems
 * @param feed SQL condition for the feed
 */
export const coverageSpans = (where: string, feed = STATION_FEED): string => `
      select * from api.held_coverage where ${where} and ${feed}`;

/**
 * Turns each of those rows into two edges: its beginning with the code of its outcome, and its end with 0. Append this to the `from` of a query
 * on the rows; it adds the columns edge.at and edge.code. Where one run ends and the next begins, the larger code counts. The last row of each
 * line is an end, because Grafana extends the last state to the end of the screen, which may not have been observed.
 */
export const COVERAGE_EDGES = `
        cross join array_position(array['observed', 'empty', 'undecodable', 'failed', 'lost'], outcome) as outcome_code
        cross join lateral (
          values (greatest(from_at, $__timeFrom()::timestamptz), outcome_code), (least(held_to, $__timeTo()::timestamptz), 0)
        ) as edge (at, code)`;
