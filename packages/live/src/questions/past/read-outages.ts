import type { ProfileHour } from '../../api/history.ts';
import type { Outage, StationOutage } from '../../api/outage.ts';
import type { Cursor } from '../../database/cursor.ts';
import type { Reader } from '../../database/reader.ts';
import type { Window } from '../../database/window.ts';
import { slicesOf } from '../../database/window-slices.ts';

const OUTAGE_COLUMNS = 'state, from_at, to_at, is_open, duration_seconds, start_observed, end_observed';

/**
 * The first `limit` outages that touch a window and come after a cursor, in order of (from_at, station_id), each in
 * full, even if it is longer than the window. First those that had begun before the window, then the others by their
 * beginning, slice by slice, so that a page costs what the page holds.
 */
export async function readOutages(
  reader: Reader,
  options: { systemId: string; window: Window; after: Cursor; limit: number; leaveOutFlagged: boolean },
): Promise<Outage[]> {
  const { systemId, window, after, limit, leaveOutFlagged } = options;
  const outages: Outage[] = [];
  const read = async (from: Date, to: Date, began: string) => {
    const rows = await reader.query<Outage>(
      `select station_id, name, lat, lon, ${OUTAGE_COLUMNS}
       from api.outage_episode_between($1, $2, $3, null, $7)
       where ${began} and (from_at > $4 or (from_at = $4 and station_id > $5 collate "C"))
       order by from_at, station_id collate "C" limit $6`,
      [from, to, systemId, new Date(after.atMs), after.stationId, limit - outages.length, leaveOutFlagged],
    );
    outages.push(...rows);
  };
  const fromMs = window.from.getTime();
  if (after.atMs <= fromMs) await read(window.from, window.from, 'from_at <= $1');
  for (const { from, to } of slicesOf(Math.max(fromMs + 1, after.atMs), window.to.getTime())) {
    if (outages.length >= limit) break;
    await read(from, to, 'from_at >= $1');
  }
  return outages;
}

/** The outages of one station, in order of from_at. */
export async function readStationOutages(
  reader: Reader,
  systemId: string,
  stationId: string,
  { from, to }: Window,
): Promise<StationOutage[]> {
  return await reader.query<StationOutage>(
    `select ${OUTAGE_COLUMNS} from api.outage_episode_between($1, $2, $3, $4) order by from_at`,
    [from, to, systemId, stationId],
  );
}

/** What a station usually offers, by hour of the week. */
export async function readProfile(
  reader: Reader,
  systemId: string,
  stationId: string,
): Promise<ProfileHour[]> {
  return await reader.query<ProfileHour>(
    'select weekday, hour, bikes_mean from api.profile_weekly_of($1, $2) order by weekday, hour',
    [systemId, stationId],
  );
}
