import { type History, UNKNOWN, WEEK_HOURS } from './history.ts';

/** As far back as the tempo looks. */
const WINDOW_SECONDS = 5400;
/** Moves per station and hour that count as nothing much: keeps the ratio of two small numbers near 1. */
const FEW_MOVES = 0.05;
const DAYS_REMEMBERED = 14;

/**
 * How busy the whole system is, against what is usual at this hour of the week: the natural log of the ratio, 0 when it is as usual or nothing is known.
 * Snow, a holiday or a sold-out concert move every station at once, and no table of the past can know it.
 * @returns one number a frame
 */
export function readTempo({ times, hours, days, bikes, station_ids }: History): Float64Array {
  const stations = station_ids.length;
  const tempo = new Float64Array(times.length);
  const moves = movesOf(bikes, times.length, stations);
  const usual = Array.from({ length: WEEK_HOURS }, () => ({ moves: 0, hours: 0 }));
  let from = 0;
  let moved = 0;
  for (let frame = 0; frame < times.length; frame += 1) {
    moved += moves[frame] as number;
    const time = times[frame] as number;
    while (time - (times[from] as number) > WINDOW_SECONDS) {
      from += 1;
      moved -= moves[from] as number;
    }
    if (frame > 0 && days[frame] !== days[frame - 1]) {
      for (const hour of usual) {
        hour.moves *= 1 - 1 / DAYS_REMEMBERED;
        hour.hours *= 1 - 1 / DAYS_REMEMBERED;
      }
    }
    const elapsedHours = (time - (times[from] as number)) / 3600;
    if (elapsedHours < 0.25) continue;
    const now = moved / elapsedHours / stations;
    const hour = usual[hours[frame] as number] as (typeof usual)[number];
    if (hour.hours > 0.5)
      tempo[frame] = bounded(Math.log((now + FEW_MOVES) / (hour.moves / hour.hours + FEW_MOVES)));
    const step = Math.min(0.5, (time - (times[frame - 1] as number)) / 3600);
    hour.moves += now * step;
    hour.hours += step;
  }
  return tempo;
}

function bounded(ratio: number): number {
  return Math.max(-2.5, Math.min(2.5, ratio));
}

/** The sum over all stations of how much the count changed since the frame before. */
function movesOf(bikes: Int16Array, frames: number, stations: number): Float64Array {
  const moves = new Float64Array(frames);
  const last = new Int16Array(stations).fill(UNKNOWN);
  for (let frame = 0; frame < frames; frame += 1) {
    for (let station = 0; station < stations; station += 1) {
      const now = bikes[frame * stations + station] as number;
      if (now === UNKNOWN) continue;
      if (last[station] !== UNKNOWN)
        moves[frame] = (moves[frame] as number) + Math.abs(now - (last[station] as number));
      last[station] = now;
    }
  }
  return moves;
}
