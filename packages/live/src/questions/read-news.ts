import type { Change } from '../api/change.ts';
import type { Feed } from '../api/feed.ts';
import type { Station } from '../api/station.ts';
import { toInstant } from '../database/instant-text.ts';
import type { Reader } from '../database/reader.ts';
import { CHANGE_COLUMNS } from './past/read-changes.ts';
import { FEED_COLUMNS } from './read-feeds.ts';
import { INFORMATION_VERSION } from './read-information-version.ts';
import { STATION_COLUMNS } from './read-stations.ts';
import { VEHICLE_LIST, type VehicleListRow, withInstant } from './read-vehicles.ts';

/** What has changed in a system since a time, as of one moment: one statement reads it. */
export type News = {
  /** Null when no list with stations was ever observed. */
  observedAt: string | null;
  stations: Station[];
  /** In order of (observed_at, station_id). */
  changes: Change[];
  changesOmitted: boolean;
  feeds: Feed[];
  informationVersion: string;
  /** Null when no feed lists vehicles. */
  vehicleList: VehicleListRow | null;
};

const CHANGES_MAX = 1_000;

const NEWS = `
  select
    (select to_at from api.feed_coverage
     where system_id = $1 and feed = 'station_status' and outcome = 'observed' order by from_at desc limit 1) as observed_at,
    (select coalesce(json_agg(station), '[]') from (
       select ${STATION_COLUMNS} from api.station_current_since($1, $2) order by station_id) as station) as stations,
    (select coalesce(json_agg(change), '[]') from (
       select ${CHANGE_COLUMNS} from api.station_change_since($1, $3)
       order by observed_at desc, station_id collate "C" desc limit ${CHANGES_MAX + 1}) as change) as changes,
    (select coalesce(json_agg(health), '[]') from (
       select ${FEED_COLUMNS} from api.feed_health where system_id = $1 order by feed) as health) as feeds,
    ${INFORMATION_VERSION} as information_version,
    ${VEHICLE_LIST} as vehicle_list`;

type Row = {
  observed_at: string | null;
  stations: Station[];
  changes: Change[];
  feeds: Feed[];
  information_version: string;
  vehicle_list: VehicleListRow | null;
};

/**
 * @param sinceMs changes after this time; null for no changes, only the present state
 * @param changesSinceMs no earlier change is listed, however long the client was away
 */
export async function readNews(
  reader: Reader,
  systemId: string,
  sinceMs: number | null,
  changesSinceMs: number,
): Promise<News> {
  const since = sinceMs === null ? 'infinity' : new Date(sinceMs);
  const changesSince = sinceMs === null ? 'infinity' : new Date(Math.max(sinceMs, changesSinceMs));
  const [row] = await reader.query<Row>(NEWS, [systemId, since, changesSince]);
  if (row === undefined) throw new TypeError('A select without from gives a row');
  const newest = row.changes.slice(0, CHANGES_MAX).reverse();
  return {
    observedAt: row.observed_at,
    stations: row.stations.map(withInstants),
    changes: newest.map(withInstants),
    changesOmitted: row.changes.length > CHANGES_MAX || (sinceMs !== null && sinceMs < changesSinceMs),
    feeds: row.feeds.map(withInstants),
    informationVersion: row.information_version,
    vehicleList: row.vehicle_list && withInstant(row.vehicle_list),
  };
}

const TIME_COLUMNS = [
  'observed_at',
  'prev_observed_at',
  'state_since',
  'first_observed_at',
  'last_fetched_at',
  'last_success_at',
  'last_updated',
  'data_at',
  'refused_since',
];

/** Inside JSON, PostgreSQL has another format for times. */
function withInstants<Row extends object>(row: Row): Row {
  const record = row as Record<string, unknown>;
  for (const column of TIME_COLUMNS) {
    const text = record[column];
    if (typeof text === 'string') record[column] = toInstant(text);
  }
  return row;
}
