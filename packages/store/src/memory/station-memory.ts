import type { DecodedPoll } from '../decode/decode-poll.ts';
import type { LaneState, SystemState } from './system-state.ts';

/** How many absent stations stay in memory: a list that flaps between two halves then causes no query at each poll. */
const ABSENT_KEPT = { least: 1_000, shareOfPresent: 0.1 };

/**
 * How many stations a system may ever have: twice what one body may list. New ones beyond that are left out and
 * counted. A feed that renames its stations at each poll would otherwise fill memory and tables forever.
 */
export const KNOWN_STATIONS_MAX = 200_000;

/** Reads those of the stations that memory has dropped back into the lane; returns how many there were. */
export type RecallStations = (system: SystemState, lane: LaneState, station_ids: string[]) => Promise<number>;

/**
 * Drops the stations that have been absent the longest from memory: their rows contain all that is known of them. Call it after a
 * commit.
 */
export function letGoOfAbsent(lane: LaneState): void {
  const kept = Math.max(ABSENT_KEPT.least, lane.present * ABSENT_KEPT.shareOfPresent);
  if (lane.stations.size - lane.present <= kept) return;
  const absent = [...lane.stations.values()]
    .filter((station) => station.absence !== null)
    .sort((a, b) => (a.absence?.from_at ?? 0) - (b.absence?.from_at ?? 0));
  for (const { station_id } of absent.slice(0, absent.length - Math.floor(kept))) {
    lane.stations.delete(station_id);
    lane.let_go += 1;
  }
}

/**
 * Reads back the stations that the list names and memory has dropped; then removes new stations beyond the maximum from the
 * list.
 */
export async function recallListed(
  system: SystemState,
  lane: LaneState,
  { content }: DecodedPoll,
  recall: RecallStations,
): Promise<void> {
  if (content?.feed !== 'station_status') return;
  const { decoded } = content;
  // Nearly always: then no station has to be looked up.
  if (lane.let_go === 0 && lane.stations.size + decoded.rows.length <= KNOWN_STATIONS_MAX) return;
  let unknown = decoded.rows.filter(({ station_id }) => !lane.stations.has(station_id));
  if (unknown.length === 0) return;
  if (lane.let_go > 0) {
    lane.let_go -= await recall(
      system,
      lane,
      unknown.map(({ station_id }) => station_id),
    );
    unknown = unknown.filter(({ station_id }) => !lane.stations.has(station_id));
  }
  const room = Math.max(0, KNOWN_STATIONS_MAX - lane.stations.size - lane.let_go);
  if (unknown.length <= room) return;
  const tooMany = new Set(unknown.slice(room).map(({ station_id }) => station_id));
  decoded.rows = decoded.rows.filter(({ station_id }) => !tooMany.has(station_id));
  decoded.skipped.too_many_stations = (decoded.skipped.too_many_stations ?? 0) + tooMany.size;
}
