import { END } from '../../questions/sql-query.ts';

/** Whether the time range ends now, with a tolerance of a minute. */
export const ENDS_NOW = `$__timeTo()::timestamptz > now() - interval '1 minute'`;

/** The whole minute before the end: what a past time is counted at. */
const END_MINUTE = `date_trunc('minute', ${END})`;

/**
 * What each system offers at the end of the time range. For the present it uses the numbers that the store keeps, at a cost that does not grow with
 * the number of stations. There are none while the feed is late or imported, because the present is then not observed.
 */
export const BY_SYSTEM = `(
        select now.system_id, nullif(now.stations, 0) as stations, now.bikes, now.docks, now.empty, now."full", now.closed, now.unknown,
          now.stations - now.closed - now.unknown as in_service
        from api.system_current as now
        join api.feed_health as health using (system_id)
        where ${ENDS_NOW} and health.feed = 'station_status' and not health.overdue and not health.is_archive
        union all
        select system_id, nullif(stations, 0), num_bikes_available, num_docks_available, stations_empty, stations_full, stations_closed,
          stations_unknown, stations - stations_closed - stations_unknown
        from api.system_count_between(${END_MINUTE}, ${END_MINUTE})
        where not (${ENDS_NOW})
      ) as at_end`;
