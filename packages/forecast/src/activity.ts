import { type History, UNKNOWN } from './history.ts';

export const ACTIVITY_BUCKETS = 5;

/**
 * Ranks how busy each station was on the previous days, in fifths of all stations: 0 is the quietest, 4 the busiest. Uses nothing of the day
 * itself, so that a forecast sees only its past. On the first day all stations are in the middle fifth.
 * @returns the fifths, at `frame * stations + station`
 */
export function readActivity({ days, bikes, station_ids }: History): Uint8Array {
  const stations = station_ids.length;
  const activity = new Uint8Array(bikes.length);
  const moved = new Float64Array(stations);
  const last = new Int16Array(stations).fill(UNKNOWN);
  let fifths = new Uint8Array(stations).fill(Math.floor(ACTIVITY_BUCKETS / 2));
  for (let frame = 0; frame < days.length; frame += 1) {
    if (frame > 0 && days[frame] !== days[frame - 1]) {
      fifths = fifthsOf(moved);
      // Old days lose half of their weight in two weeks.
      for (let station = 0; station < stations; station += 1)
        moved[station] = (moved[station] as number) * 0.95;
    }
    activity.set(fifths, frame * stations);
    for (let station = 0; station < stations; station += 1) {
      const now = bikes[frame * stations + station] as number;
      if (now === UNKNOWN) continue;
      const before = last[station] as number;
      if (before !== UNKNOWN) moved[station] = (moved[station] as number) + Math.abs(now - before);
      last[station] = now;
    }
  }
  return activity;
}

function fifthsOf(moved: Float64Array): Uint8Array<ArrayBuffer> {
  const order = Array.from(moved.keys()).sort((a, b) => (moved[a] as number) - (moved[b] as number) || a - b);
  const fifths = new Uint8Array(moved.length);
  order.forEach((station, rank) => {
    fifths[station] = Math.floor((rank * ACTIVITY_BUCKETS) / moved.length);
  });
  return fifths;
}
