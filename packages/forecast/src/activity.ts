import { type History, UNKNOWN } from './history.ts';

export const ACTIVITY_BUCKETS = 5;

/**
 * How busy each station was on the days before, as a fifth of all stations: 0 the quietest, 4 the busiest. Of the day itself nothing is used, so that a
 * forecast looks at its past only; on the first day all stations are in the middle.
 * @returns at `frame * stations + station`
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
      // Half of what was learned is forgotten in two weeks.
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
