import { END, ENDS_NOW } from '../../questions/sql-query.ts';

/** The whole minute before the end: what a past time is counted at. */
const END_MINUTE = `date_trunc('minute', ${END})`;

/**
 * What each system offers at the end of the time range. For the present it uses the numbers that the store keeps, at a cost that does not grow with
 * the number of stations. There are none where the maps know none (api.station_at: the next poll is late), where the data is overdue, and of an
 * archive.
 */
export const BY_SYSTEM = `(
        select now.system_id, nullif(now.stations, 0) as stations, now.bikes, now.docks, now.empty, now."full", now.closed, now.unknown,
          now.stations - now.closed - now.unknown as in_service
        from api.system_current as now
        join api.feed_health as health using (system_id)
        where ${ENDS_NOW} and health.feed = 'station_status' and not health.overdue and not health.is_archive
          -- Data that is younger than the shortest pause that ends a run needs no look at the runs.
          and case
            when health.age_seconds <= extract(epoch from api.longest_pause(null)) then true
            else (
              select span.to_at >= ${END} from api.seen_span as span where span.system_id = now.system_id order by span.from_at desc limit 1
            )
          end
        union all
        select system_id, nullif(stations, 0), num_bikes_available, num_docks_available, stations_empty, stations_full, stations_closed,
          stations_unknown, stations - stations_closed - stations_unknown
        from api.system_count_between(${END_MINUTE}, ${END_MINUTE})
        where not (${ENDS_NOW})
      ) as at_end`;
