import type { Gap } from '../../src/api/history.ts';
import type { Replay } from '../../src/api/replay.ts';
import type { Station, StationState } from './station.ts';

export type Held = { bikes: number | null; docks: number | null; state: StationState };

/**
 * Moves a replay to any moment. Forward it applies the changes in between; backward it begins again, which for a day of
 * a thousand stations takes less than a frame.
 */
export class ReplayCursor {
  readonly replay: Replay;
  readonly #bikes: (number | null)[];
  readonly #docks: (number | null)[];
  readonly #states: StationState[];
  #next = 0;
  #seconds = Number.NEGATIVE_INFINITY;

  constructor(replay: Replay) {
    this.replay = replay;
    this.#bikes = [];
    this.#docks = [];
    this.#states = [];
    this.#restart();
  }

  /** @param seconds since the beginning of the window */
  seek(seconds: number): void {
    if (seconds < this.#seconds) this.#restart();
    this.#seconds = seconds;
    const { changes } = this.replay;
    for (let change = changes[this.#next]; change && change[0] <= seconds; change = changes[++this.#next]) {
      const [, station, bikes, docks, state] = change;
      this.#bikes[station] = bikes;
      this.#docks[station] = docks;
      this.#states[station] = this.#nameOf(state);
    }
  }

  held(station: number): Held {
    return {
      bikes: this.#bikes[station] ?? null,
      docks: this.#docks[station] ?? null,
      state: this.#states[station] ?? 'unknown',
    };
  }

  #restart(): void {
    this.#next = 0;
    this.#seconds = Number.NEGATIVE_INFINITY;
    for (const [station, held] of this.replay.start.entries()) {
      this.#bikes[station] = held?.[0] ?? null;
      this.#docks[station] = held?.[1] ?? null;
      this.#states[station] = held === null ? 'absent' : this.#nameOf(held[2]);
    }
  }

  #nameOf(state: number): StationState {
    return this.replay.states[state] ?? 'unknown';
  }
}

/** Whether the replay includes this moment. */
export function covers({ from, to }: Pick<Replay, 'from' | 'to'>, atMs: number): boolean {
  return atMs >= Date.parse(from) && atMs <= Date.parse(to);
}

/**
 * The unobserved time around a moment; null when the moment was observed. Both ends of a gap were observed, except
 * where the window cuts the gap off.
 */
export function gapAt(replay: Pick<Replay, 'from' | 'to' | 'gaps'>, atMs: number): Gap | null {
  const found = replay.gaps.find(({ from_at, to_at }) => {
    const [fromMs, toMs] = [Date.parse(from_at), Date.parse(to_at)];
    const isAfter = atMs > fromMs || (atMs === fromMs && from_at === replay.from);
    const isBefore = atMs < toMs || (atMs === toMs && to_at === replay.to);
    return isAfter && isBefore;
  });
  return found ?? null;
}

export function isObserved(replay: Pick<Replay, 'from' | 'to' | 'gaps'>, atMs: number): boolean {
  return covers(replay, atMs) && gapAt(replay, atMs) === null;
}

/**
 * The window to fetch for a moment: up to now if the moment is recent, else around it.
 *
 * @param firstMs when the system was first observed: there is nothing before
 */
export function windowFor(
  moment: number | null,
  { nowMs, lengthMs, firstMs }: { nowMs: number; lengthMs: number; firstMs: number },
): { fromMs: number; toMs: number; endsNow: boolean } {
  if (moment === null || moment >= nowMs - lengthMs) {
    return { fromMs: Math.max(nowMs - lengthMs, Math.min(firstMs, nowMs)), toMs: nowMs, endsNow: true };
  }
  const fromMs = Math.max(0, moment - lengthMs / 2);
  return { fromMs, toMs: fromMs + lengthMs, endsNow: false };
}

/**
 * The stations at a past moment: their positions are the present ones, their counts and states the past ones. At a
 * moment outside the replay, or an unobserved one, nothing is known.
 */
export function stationsAt(
  now: ReadonlyMap<string, Station>,
  cursor: ReplayCursor,
  atMs: number,
): Map<string, Station> {
  const { replay } = cursor;
  if (!isObserved(replay, atMs)) {
    return new Map([...now].map(([id, station]) => [id, { ...station, ...asHeld(NOTHING) }]));
  }
  cursor.seek((atMs - Date.parse(replay.from)) / 1000);
  const then = new Map<string, Station>();
  for (const [index, station_id] of replay.stations.entries()) {
    const station = now.get(station_id);
    if (station === undefined) continue;
    then.set(station_id, { ...station, ...asHeld(cursor.held(index)) });
  }
  return then;
}

/** What a replay says about a station, without present values in place of those it lacks. */
function asHeld({ bikes, docks, state }: Held) {
  return {
    num_bikes_available: bikes,
    num_docks_available: docks,
    num_bikes_disabled: null,
    num_docks_disabled: null,
    num_ebikes_available: null,
    is_installed: null,
    is_renting: null,
    is_returning: null,
    state,
    state_since: null,
    observed_at: null,
  };
}

const NOTHING: Held = { bikes: null, docks: null, state: 'unobserved' };

/**
 * Bikes at all stations together, the last value of each of `buckets` equal parts of the window. Parts at whose end no
 * station's count is known, and parts whose end was not observed, are null.
 */
export function bikesOverTime(replay: Replay, buckets: number): (number | null)[] {
  const lengthSeconds = (Date.parse(replay.to) - Date.parse(replay.from)) / 1000;
  const fromMs = Date.parse(replay.from);
  const held = replay.start.map((counts) => counts?.[0] ?? null);
  let sum = held.reduce<number>((running, bikes) => running + (bikes ?? 0), 0);
  let known = held.filter((bikes) => bikes !== null).length;
  let next = 0;
  return Array.from({ length: buckets }, (_, bucket) => {
    const until = ((bucket + 1) / buckets) * lengthSeconds;
    for (let change = replay.changes[next]; change && change[0] <= until; change = replay.changes[++next]) {
      const [, station, bikes] = change;
      sum += (bikes ?? 0) - (held[station] ?? 0);
      known += Number(bikes !== null) - Number((held[station] ?? null) !== null);
      held[station] = bikes;
    }
    return known > 0 && gapAt(replay, fromMs + 1000 * until) === null ? sum : null;
  });
}
