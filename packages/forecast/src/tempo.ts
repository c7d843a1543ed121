import { type History, UNKNOWN, WEEK_HOURS } from './history.ts';

/** How far back the tempo looks, and how much of that must have been observed. */
const WINDOW_SECONDS = 5400;
const SEEN_HOURS_MIN = 0.25;
/** Moves per station and hour that are added to both sides, so that the ratio of two small numbers stays near 1. */
const FEW_MOVES = 0.05;
const TEMPO_MAX = 2.5;
/** The usual tempo of an hour of the week is unknown if it was observed for less than this. */
const USUAL_HOURS_MIN = 0.5;
const DAYS_REMEMBERED = 14;

/** The tempo of each frame, and the usual moves per station and hour for each hour of the week after the last frame; null where unknown. */
export type Tempo = { tempo: Float64Array; usual: (number | null)[] };

/**
 * Measures how busy the whole system is compared with the usual for this hour of the week, as the natural log of the ratio: 0 is as usual or
 * unknown. Snow, a holiday or a sold-out concert affects every station at once, and no table of the past can predict it.
 */
export function readTempo(history: History): Tempo {
  const { times, hours, days, bikes, station_ids } = history;
  const stations = station_ids.length;
  const tempo = new Float64Array(times.length);
  const moves = history.moves ?? movesOf(bikes, times.length, stations);
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
    if (elapsedHours < SEEN_HOURS_MIN) continue;
    const now = moved / elapsedHours / stations;
    const hour = usual[hours[frame] as number] as (typeof usual)[number];
    tempo[frame] = tempoOf(now, usualOf(hour));
    const step = Math.min(0.5, (time - (times[frame - 1] as number)) / 3600);
    hour.moves += now * step;
    hour.hours += step;
  }
  return { tempo, usual: usual.map(usualOf) };
}

function usualOf({ moves, hours }: { moves: number; hours: number }): number | null {
  return hours > USUAL_HOURS_MIN ? moves / hours : null;
}

/** Both arguments are moves per station and hour. */
function tempoOf(now: number, usual: number | null): number {
  if (usual === null) return 0;
  return Math.max(-TEMPO_MAX, Math.min(TEMPO_MAX, Math.log((now + FEW_MOVES) / (usual + FEW_MOVES))));
}

/** For each frame, the sum over all stations of how much the count changed since it was last known. */
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
