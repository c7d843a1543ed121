import { type History, UNKNOWN } from './history.ts';

/** The parts of a station's recent past that help to forecast; at `frame * stations + station`. */
export type Recent = {
  /** Bucket of the minutes since a count last changed, 0 (just now) to SINCE_BUCKETS - 1. */
  since: Uint8Array;
  /** Bucket of the change of bikes over the last hour; the middle bucket when unknown. */
  trend: Uint8Array;
};

const SINCE_MINUTES = [8, 15, 25, 45, 75, 120, 240];
export const SINCE_BUCKETS = SINCE_MINUTES.length + 1;
const TREND_MAX = 4;
export const TREND_BUCKETS = 2 * TREND_MAX + 1;
/** When the earliest observation of the last hour is younger than an hour minus this, the trend is unknown. */
const GAP_SECONDS_MAX = 2700;

export function readRecent({ times, bikes, docks, station_ids }: History): Recent {
  const stations = station_ids.length;
  const since = new Uint8Array(bikes.length);
  const trend = new Uint8Array(bikes.length).fill(TREND_MAX);
  const changedAt = new Float64Array(stations).fill(Number.NEGATIVE_INFINITY);
  const lastBikes = new Int16Array(stations).fill(UNKNOWN);
  const lastDocks = new Int16Array(stations).fill(UNKNOWN);
  let hourAgo = 0;
  for (let frame = 0; frame < times.length; frame += 1) {
    const time = times[frame] as number;
    while (time - (times[hourAgo] as number) > 3600 + 150) hourAgo += 1;
    const knowsHour = time - (times[hourAgo] as number) > 3600 - GAP_SECONDS_MAX;
    for (let station = 0; station < stations; station += 1) {
      const at = frame * stations + station;
      const now = bikes[at] as number;
      const dockCount = docks[at] as number;
      if (now === UNKNOWN && dockCount === UNKNOWN) continue;
      const changed = now !== lastBikes[station] || dockCount !== lastDocks[station];
      if (changed) changedAt[station] = time;
      lastBikes[station] = now;
      lastDocks[station] = dockCount;
      since[at] = bucketOf((time - (changedAt[station] as number)) / 60);
      const before = bikes[hourAgo * stations + station] as number;
      if (knowsHour && before !== UNKNOWN && now !== UNKNOWN) {
        trend[at] = Math.max(-TREND_MAX, Math.min(TREND_MAX, now - before)) + TREND_MAX;
      }
    }
  }
  return { since, trend };
}

function bucketOf(minutes: number): number {
  let bucket = 0;
  while (bucket < SINCE_MINUTES.length && minutes >= (SINCE_MINUTES[bucket] as number)) bucket += 1;
  return bucket;
}
