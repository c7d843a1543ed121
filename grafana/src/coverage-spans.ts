/**
 * Rows of api.feed_coverage for station_status, with `held_to`: the beginning of the next row when that follows as polls do (no later than three
 * times the usual pause, or 2 minutes), the present when the next is not due yet, else the row's own end, after which nobody polled.
 * @param where which systems, in SQL
 */
export const coverageSpans = (where: string): string => `
      select *,
        case
          when lead(from_at, 1, now()) over per_system - to_at <= greatest(interval '2 minutes', 3 * (to_at - from_at) / nullif(polls - 1, 0))
            then lead(from_at, 1, now()) over per_system
          else to_at
        end as held_to
      from api.feed_coverage
      where ${where} and feed = 'station_status'
      window per_system as (partition by system_id order by from_at)`;
