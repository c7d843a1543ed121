import type { Replay } from '../../src/api/replay.ts';
import type { Station, StationState } from './station.ts';

export type Counts = { bikes: number | null; docks: number | null };

/**
 * Runs a replay to any moment. Forward it applies what lies between; backward it begins again, which for a day of a
 * thousand stations is quicker than a frame.
 */
export class ReplayCursor {
  readonly replay: Replay;
  readonly #bikes: (number | null)[];
  readonly #docks: (number | null)[];
  #next = 0;
  #seconds = Number.NEGATIVE_INFINITY;

  constructor(replay: Replay) {
    this.replay = replay;
    this.#bikes = [];
    this.#docks = [];
    this.#restart();
  }

  /** @param seconds since the beginning of the window */
  seek(seconds: number): void {
    if (seconds < this.#seconds) this.#restart();
    this.#seconds = seconds;
    const { changes } = this.replay;
    for (let change = changes[this.#next]; change && change[0] <= seconds; change = changes[++this.#next]) {
      const [, station, bikes, docks] = change;
      this.#bikes[station] = bikes;
      this.#docks[station] = docks;
    }
  }

  counts(station: number): Counts {
    return { bikes: this.#bikes[station] ?? null, docks: this.#docks[station] ?? null };
  }

  #restart(): void {
    this.#next = 0;
    this.#seconds = Number.NEGATIVE_INFINITY;
    for (const [station, counts] of this.replay.start.entries()) {
      this.#bikes[station] = counts?.[0] ?? null;
      this.#docks[station] = counts?.[1] ?? null;
    }
  }
}

/** The stations as they were: where they are is as now, what they held and their state as then. */
export function stationsAt(
  now: ReadonlyMap<string, Station>,
  cursor: ReplayCursor,
  atMs: number,
): Map<string, Station> {
  const { from, stations } = cursor.replay;
  cursor.seek((atMs - Date.parse(from)) / 1000);
  const at = new Date(atMs).toISOString();
  const then = new Map<string, Station>();
  for (const [index, station_id] of stations.entries()) {
    const station = now.get(station_id);
    if (station === undefined) continue;
    const { bikes, docks } = cursor.counts(index);
    then.set(station_id, {
      ...station,
      num_bikes_available: bikes,
      num_docks_available: docks,
      num_bikes_disabled: null,
      num_docks_disabled: null,
      state: stateOfCounts(bikes, docks),
      state_since: at,
      observed_at: at,
    });
  }
  return then;
}

/** By the counts alone: whether a station was closed is not in a replay. */
function stateOfCounts(bikes: number | null, docks: number | null): StationState {
  if (bikes === null) return 'absent';
  if (bikes === 0) return 'empty';
  return docks === 0 ? 'full' : 'ok';
}

/**
 * Bikes at all stations together, the last value of each of `buckets` equal parts of the window.
 * The parts before the first known count are null.
 */
export function bikesOverTime(replay: Replay, buckets: number): (number | null)[] {
  const lengthSeconds = (Date.parse(replay.to) - Date.parse(replay.from)) / 1000;
  const held = replay.start.map((counts) => counts?.[0] ?? null);
  let sum = held.reduce<number>((running, bikes) => running + (bikes ?? 0), 0);
  let known = held.some((bikes) => bikes !== null);
  let next = 0;
  return Array.from({ length: buckets }, (_, bucket) => {
    const until = ((bucket + 1) / buckets) * lengthSeconds;
    for (let change = replay.changes[next]; change && change[0] <= until; change = replay.changes[++next]) {
      const [, station, bikes] = change;
      sum += (bikes ?? 0) - (held[station] ?? 0);
      held[station] = bikes;
      known = true;
    }
    return known ? sum : null;
  });
}
