import type { Change } from '../../api/change.ts';
import type { Cursor } from '../../database/cursor.ts';
import type { Reader } from '../../database/reader.ts';
import type { Window } from '../../database/window.ts';
import { slicesOf } from '../../database/window-slices.ts';

export const CHANGE_COLUMNS = `station_id, name, lat, lon, observed_at, prev_observed_at, num_bikes_available,
  prev_num_bikes_available, bikes_delta, num_docks_available, prev_num_docks_available, docks_delta, gap_seconds`;

/**
 * The first `limit` changes of a window after a cursor, in order of (observed_at, station_id). The window is read in
 * slices that double in length, so that a page costs what the page holds and not what the rest of the window does.
 */
export async function readChanges(
  reader: Reader,
  options: { systemId: string; window: Window; after: Cursor; limit: number },
): Promise<Change[]> {
  const { systemId, window, after, limit } = options;
  const changes: Change[] = [];
  const startMs = Math.max(window.from.getTime(), after.atMs + (after.stationId === null ? 1 : 0));
  for (const { from, to } of slicesOf(startMs, window.to.getTime())) {
    if (changes.length >= limit) break;
    changes.push(
      ...(await reader.query<Change>(
        `select ${CHANGE_COLUMNS} from api.station_change_between($1, $2, $3)
         where $5::text is null or observed_at > $4::timestamptz or station_id > $5 collate "C"
         order by observed_at, station_id collate "C" limit $6`,
        [from, to, systemId, new Date(after.atMs), after.stationId, limit - changes.length],
      )),
    );
  }
  return changes;
}

/** From the first to the last time a system was observed; null when it never was. */
export async function readObservedWindow(reader: Reader, systemId: string): Promise<Window | null> {
  const span = `from api.feed_coverage where system_id = $1 and feed = 'station_status' and outcome = 'observed'`;
  const [row] = await reader.query<{ from_at: string | null; to_at: string | null }>(
    `select (select from_at ${span} order by from_at limit 1) as from_at,
       (select to_at ${span} order by from_at desc limit 1) as to_at`,
    [systemId],
  );
  if (!row?.from_at || !row.to_at) return null;
  return { from: new Date(row.from_at), to: new Date(row.to_at) };
}
