import { ACTIVITY_BUCKETS, readActivity } from './activity.ts';
import { framesAhead, type History, UNKNOWN, WEEK_HOURS } from './history.ts';
import { type Recent, readRecent, SINCE_BUCKETS, TREND_BUCKETS } from './recent.ts';
import { readTempo, type Tempo } from './tempo.ts';

/** What is forecast. `bike`: will there be at least one bike to take? `dock`: will there be at least one free dock? */
export type Target = 'bike' | 'dock';

/**
 * What a forecast may use: the key of one cell for each table, in the order of `TABLES`. For a table, cases with the same key
 * are equivalent.
 */
export type Keys = Uint16Array[];

/**
 * Pairs of an observation and what was observed `minutes` later; both must have been observed. Each array has one element per case, in order
 * of time.
 */
export type Cases = {
  minutes: number;
  target: Target;
  stations: number;
  /** Epoch seconds of the observation. */
  times: Float64Array;
  /** The local day of the observation (`days`) and of its outcome (`dueDays`). */
  days: Int32Array;
  dueDays: Int32Array;
  /** station * 48 + hour of the week. */
  stationHours: Int32Array;
  /** How busy the whole system is, see tempo.ts. */
  tempos: Float32Array;
  counts: Int16Array;
  changes: Int16Array;
  outcomes: Uint8Array;
  /** How many cases each one represents when a model is fitted; 0 if the model does not learn from it. */
  standsFor: Uint8Array;
  keys: Keys;
};

const COUNT_LIMITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30];
export const COUNT_BUCKETS = COUNT_LIMITS.length + 1;

/** The tables, in the order of `Keys`. Each is shrunk towards its `parent`; the first is shrunk towards the share of all cases. */
export const TABLES: { name: string; parent: number | null; size: number; key: (sight: Sight) => number }[] =
  [
    { name: 'count', parent: null, size: COUNT_BUCKETS, key: ({ count }) => count },
    {
      name: 'count and hour of the week',
      parent: 0,
      size: COUNT_BUCKETS * WEEK_HOURS,
      key: ({ count, hour }) => count * WEEK_HOURS + hour,
    },
    {
      name: 'count and time since the last change',
      parent: 0,
      size: COUNT_BUCKETS * SINCE_BUCKETS,
      key: ({ count, since }) => count * SINCE_BUCKETS + since,
    },
    {
      name: 'count and change over the last hour',
      parent: 0,
      size: COUNT_BUCKETS * TREND_BUCKETS,
      key: ({ count, trend }) => count * TREND_BUCKETS + trend,
    },
    {
      name: 'count and how busy the station is',
      parent: 0,
      size: COUNT_BUCKETS * ACTIVITY_BUCKETS * 8,
      key: ({ count, activity, hour }) =>
        (count * ACTIVITY_BUCKETS + activity) * 8 + Math.floor((hour % 24) / 6) + (hour >= 24 ? 4 : 0),
    },
  ];

/** What is known of a station when a forecast is made, as buckets. */
export type Sight = { count: number; hour: number; since: number; trend: number; activity: number };

export function countBucket(count: number): number {
  let bucket = 0;
  while (bucket < COUNT_LIMITS.length && count > (COUNT_LIMITS[bucket] as number)) bucket += 1;
  return bucket;
}

const BUCKET_OF = Uint8Array.from({ length: 64 }, (_, count) => countBucket(count));

/** If a history has more cases, only every second, third … observation is used. */
const CASES_MAX = 4_000_000;
/** The outcome is uncertain mostly at low counts, so more cases with these are used. */
export const LOW_COUNT_MAX = 4;
/** Cases that a model is fitted from; more teach little. If there are more, those of every second, third … frame represent the others. */
const LEARNED_LOW_MAX = 260_000;
const LEARNED_HIGH_MAX = 160_000;

/** What is known at each observation of a history. Computed once, for all targets and times ahead. */
export type Sights = { history: History; recent: Recent; activity: Uint8Array } & Tempo;

export function readSights(history: History): Sights {
  return {
    history,
    recent: readRecent(history),
    activity: readActivity(history),
    ...readTempo(history),
  };
}

/**
 * @param of `all` cases, to forecast them, or only those that are `learned` from
 * @param room memory for the cases; overwrites the cases that were in it before
 */
export function readCases(
  sights: Sights,
  target: Target,
  minutes: number,
  of: 'all' | 'learned' = 'all',
  room = new CaseRoom(),
): Cases {
  const { history, recent, activity, tempo } = sights;
  const { times, days, hours } = history;
  const stations = history.station_ids.length;
  const values = target === 'bike' ? history.bikes : history.docks;
  const ahead = takenFrames(framesAhead(times, minutes), stations);
  const { size, steps } = planCases(values, ahead, stations, of);
  const cases = emptyCases(size, { target, minutes, stations }, room);
  const sight: Sight = { count: 0, hour: 0, since: 0, trend: 0, activity: 0 };
  let at = 0;
  for (let frame = 0; frame < times.length; frame += 1) {
    const due = ahead[frame] as number;
    if (
      due < 0 ||
      (of === 'learned' && standsForOf(steps, 0, frame) + standsForOf(steps, LOW_COUNT_MAX + 1, frame) === 0)
    )
      continue;
    sight.hour = hours[frame] as number;
    for (let station = 0; station < stations; station += 1) {
      const from = frame * stations + station;
      const now = values[from] as number;
      const then = values[due * stations + station] as number;
      if (now === UNKNOWN || then === UNKNOWN) continue;
      const standsFor = standsForOf(steps, now, frame);
      if (of === 'learned' && standsFor === 0) continue;
      cases.standsFor[at] = standsFor;
      sight.count = BUCKET_OF[Math.min(now, BUCKET_OF.length - 1)] as number;
      sight.since = recent.since[from] as number;
      sight.trend = recent.trend[from] as number;
      sight.activity = activity[from] as number;
      cases.times[at] = times[frame] as number;
      cases.days[at] = days[frame] as number;
      cases.dueDays[at] = days[due] as number;
      cases.stationHours[at] = station * WEEK_HOURS + sight.hour;
      cases.tempos[at] = tempo[frame] as number;
      cases.counts[at] = now;
      cases.changes[at] = then - now;
      cases.outcomes[at] = then > 0 ? 1 : 0;
      for (let table = 0; table < TABLES.length; table += 1)
        (cases.keys[table] as Uint16Array)[at] = (TABLES[table] as (typeof TABLES)[number]).key(sight);
      at += 1;
    }
  }
  return cases;
}

type Numbers<T> = new (buffer: ArrayBuffer, from: number, size: number) => T;

/** Memory that is reused for one set of cases, and what a forecaster learns from them, after another. New arrays would be large and would stay until garbage is collected. */
export class CaseRoom {
  readonly #buffers = new Map<string, ArrayBuffer>();

  take<T>(name: string, Type: Numbers<T> & { BYTES_PER_ELEMENT: number }, size: number): T {
    const bytes = size * Type.BYTES_PER_ELEMENT;
    let buffer = this.#buffers.get(name);
    if (buffer === undefined || buffer.byteLength < bytes) {
      // Another target or time ahead may have a few more cases.
      buffer = new ArrayBuffer(Math.ceil(bytes * 1.05));
      this.#buffers.set(name, buffer);
    }
    return new Type(buffer, 0, size);
  }
}

function emptyCases(size: number, of: Pick<Cases, 'target' | 'minutes' | 'stations'>, room: CaseRoom): Cases {
  return {
    ...of,
    times: room.take('times', Float64Array, size),
    days: room.take('days', Int32Array, size),
    dueDays: room.take('dueDays', Int32Array, size),
    stationHours: room.take('stationHours', Int32Array, size),
    tempos: room.take('tempos', Float32Array, size),
    counts: room.take('counts', Int16Array, size),
    changes: room.take('changes', Int16Array, size),
    outcomes: room.take('outcomes', Uint8Array, size),
    standsFor: room.take('standsFor', Uint8Array, size),
    keys: TABLES.map(({ name }) => room.take(name, Uint16Array, size)),
  };
}

function takenFrames(ahead: Int32Array, stations: number): Int32Array {
  const step = Math.max(1, Math.ceil((ahead.length * stations) / CASES_MAX));
  return step === 1 ? ahead : ahead.map((due, frame) => (frame % step === 0 ? due : -1));
}

/** Cases of every n-th frame are learned from: n for low counts and for all others. */
type Steps = { low: number; high: number };

const STEP_MAX = 255;

function standsForOf({ low, high }: Steps, count: number, frame: number): number {
  const step = count <= LOW_COUNT_MAX ? low : high;
  return frame % step === 0 ? step : 0;
}

/** Plans how many cases there will be and which of them are learned from. */
function planCases(
  values: Int16Array,
  ahead: Int32Array,
  stations: number,
  of: 'all' | 'learned',
): { size: number; steps: Steps } {
  const { low, high } = countCases(values, ahead, stations);
  const stepFor = (cases: Int32Array, max: number) =>
    Math.min(STEP_MAX, Math.max(1, Math.ceil(sumOf(cases, 1) / max)));
  const steps = { low: stepFor(low, LEARNED_LOW_MAX), high: stepFor(high, LEARNED_HIGH_MAX) };
  const size =
    of === 'all' ? sumOf(low, 1) + sumOf(high, 1) : sumOf(low, steps.low) + sumOf(high, steps.high);
  return { size, steps };
}

/** Counts the cases of each frame, with low and with other counts. */
function countCases(
  values: Int16Array,
  ahead: Int32Array,
  stations: number,
): { low: Int32Array; high: Int32Array } {
  const low = new Int32Array(ahead.length);
  const high = new Int32Array(ahead.length);
  for (let frame = 0; frame < ahead.length; frame += 1) {
    const due = ahead[frame] as number;
    if (due < 0) continue;
    const from = frame * stations;
    const until = from + stations;
    let lowCases = 0;
    let cases = 0;
    for (let now = from, then = due * stations; now < until; now += 1, then += 1) {
      const count = values[now] as number;
      if (count === UNKNOWN || values[then] === UNKNOWN) continue;
      cases += 1;
      if (count <= LOW_COUNT_MAX) lowCases += 1;
    }
    low[frame] = lowCases;
    high[frame] = cases - lowCases;
  }
  return { low, high };
}

/** Sums the cases of every `step`-th frame. */
function sumOf(cases: Int32Array, step: number): number {
  let sum = 0;
  for (let frame = 0; frame < cases.length; frame += step) sum += cases[frame] as number;
  return sum;
}
