import { type History, historyOf, UNKNOWN } from './history.ts';

/** One for each offset, and each rule for summer time, with which many systems live. */
const ZONES = [
  'America/Los_Angeles',
  'America/Denver',
  'America/Chicago',
  'America/New_York',
  'America/Sao_Paulo',
  'Europe/London',
  'Europe/Berlin',
  'Europe/Helsinki',
  'Asia/Dubai',
  'Asia/Kolkata',
  'Asia/Shanghai',
  'Asia/Tokyo',
  'Australia/Sydney',
  'Pacific/Auckland',
];

const HOURS = 24;
/** The five hours of the day in which bikes move least are, on most systems, those from 1 to 6 o'clock. */
const QUIET_HOURS = 5;
const QUIET_FROM = 1;
/** They say nothing when they are hardly quieter than the whole day. */
const QUIET_SHARE_MAX = 0.5;
/** A movement between observations further apart belongs to no hour. */
const GAP_SECONDS_MAX = 3600;
/** Each hour of the day was observed for at least this long. */
const OBSERVED_SECONDS_MIN = 2 * 3600;

/**
 * The time zone in whose night the bikes of a recording rest, for recordings that do not say where they are from. It is one of a few: what
 * counts is on which days the clock changes, and roughly when the weekend begins.
 * @param before epoch seconds: only earlier frames are read
 * @returns null when too little was observed, or there is no quiet night
 */
export function likelyTimezone(history: History, before: number): string | null {
  const moves = movesOf(history, before);
  let best: { zone: string; hoursOff: number } | null = null;
  for (const zone of ZONES) {
    const rates = hourlyRates(history, moves, zone);
    if (rates === null) return null;
    const from = quietFrom(rates);
    if (from === null) return null;
    const hoursOff = Math.min((from - QUIET_FROM + HOURS) % HOURS, (QUIET_FROM - from + HOURS) % HOURS);
    if (best === null || hoursOff < best.hoursOff) best = { zone, hoursOff };
  }
  return best?.zone ?? null;
}

/** For each frame before that time, how many bikes came or went at stations since the one before. */
function movesOf({ times, bikes, station_ids: { length: stations } }: History, before: number): number[] {
  const moves: number[] = [];
  for (let frame = 0; frame < times.length && (times[frame] as number) < before; frame += 1) {
    let moved = 0;
    for (let station = 0; frame > 0 && station < stations; station += 1) {
      const now = bikes[frame * stations + station] as number;
      const last = bikes[(frame - 1) * stations + station] as number;
      if (now !== UNKNOWN && last !== UNKNOWN) moved += Math.abs(now - last);
    }
    moves.push(moved);
  }
  return moves;
}

/** Movements a second in each hour of the zone's day. Null when an hour was hardly observed. */
function hourlyRates(history: History, moves: number[], zone: string): number[] | null {
  const { times } = history;
  const { hours } = historyOf(history, zone);
  const moved = new Float64Array(HOURS);
  const seconds = new Float64Array(HOURS);
  for (let frame = 1; frame < moves.length; frame += 1) {
    const gap = (times[frame] as number) - (times[frame - 1] as number);
    if (gap > GAP_SECONDS_MAX) continue;
    const hour = (hours[frame] as number) % HOURS;
    moved[hour] = (moved[hour] as number) + (moves[frame] as number);
    seconds[hour] = (seconds[hour] as number) + gap;
  }
  if (seconds.some((observed) => observed < OBSERVED_SECONDS_MIN)) return null;
  return Array.from(moved, (sum, hour) => sum / (seconds[hour] as number));
}

/** Where the quiet hours begin, 0 to 23. Null when none are. */
function quietFrom(rates: number[]): number | null {
  const sumFrom = (from: number): number =>
    Array.from({ length: QUIET_HOURS }, (_, at) => rates[(from + at) % HOURS] as number).reduce(
      (sum, rate) => sum + rate,
      0,
    );
  const sums = rates.map((_, hour) => sumFrom(hour));
  const least = Math.min(...sums);
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / HOURS;
  return least < QUIET_SHARE_MAX * mean * QUIET_HOURS ? sums.indexOf(least) : null;
}
