import { principalVectors } from './algebra/principal-vectors.ts';
import { solveSymmetric } from './algebra/solve-symmetric.ts';
import { WEEK_HOURS } from './history.ts';

/** Cases that start with at least FREE_COUNT_MIN are `free`. Three sums are about these: their number, their changes and the squares of these. */
export const WEEK_SUMS = ['cases', 'hits', 'free', 'change', 'square'] as const;

/** Sums per station and hour of the week, at `station * 48 + hour`. */
export type WeekSums = Record<(typeof WEEK_SUMS)[number], Float32Array>;

/** What is usual per station and hour of the week: how often it had a bike (or dock), how its count changes until the outcome, and how much that varies. */
export type UsualWeek = { profile: Float32Array; change: Float32Array; deviation: Float32Array };

/** An empty station cannot lose bikes, however many riders come, so the change of a count below this says nothing. */
export const FREE_COUNT_MIN = 1;
/** Number of patterns that describe the stations' weeks: the stations of a city differ in only a few ways (homes and offices, weekend and week). */
const PATTERNS = 2;
/** In cases: how many cases the prior counts as. */
const PROFILE_SHRINK = 12;
const STATION_SHRINK = 12;
const PATTERN_SHRINK = 60;
const SQUARE_SHRINK = 20;
const SQUARE_MIN = 0.1;

/** @param empty returns an array for the sums of all stations and hours */
export function weekSumsOf(empty: () => Float32Array): WeekSums {
  return { cases: empty(), hits: empty(), free: empty(), change: empty(), square: empty() };
}

/** @param share share of all cases with the outcome, for stations about which nothing is known */
export function usualWeek(sums: WeekSums, share: number): UsualWeek {
  return { profile: profileOf(sums, share), change: changeOf(sums), deviation: deviationOf(sums) };
}

/** Shrinks the profile of each hour towards that of the same hour on all days, and that towards the share of all cases. */
function profileOf({ cases, hits }: WeekSums, share: number): Float32Array {
  const profile = new Float32Array(cases.length);
  for (let key = 0; key < cases.length; key += 1) {
    const isWeekend = key % WEEK_HOURS >= WEEK_HOURS / 2;
    const other = isWeekend ? key - WEEK_HOURS / 2 : key + WEEK_HOURS / 2;
    const n = cases[key] as number;
    const hit = hits[key] as number;
    const allDays =
      (hit + (hits[other] as number) + PROFILE_SHRINK * share) /
      (n + (cases[other] as number) + PROFILE_SHRINK);
    profile[key] = (hit + PROFILE_SHRINK * allDays) / (n + PROFILE_SHRINK);
  }
  return profile;
}

/** Shrinks each station's week towards the city's patterns: one station has few cases per hour, but all stations together show the patterns. */
function changeOf({ free, change }: WeekSums): Float32Array {
  const means = new Float64Array(change.length);
  for (let key = 0; key < means.length; key += 1)
    means[key] = (change[key] as number) / ((free[key] as number) + STATION_SHRINK);
  const patterns = principalVectors(means, WEEK_HOURS, PATTERNS);
  const usual = new Float32Array(change.length);
  for (let first = 0; first < change.length; first += WEEK_HOURS) {
    const loads = loadsOf(patterns, free, change, first);
    for (let hour = 0; hour < WEEK_HOURS; hour += 1) {
      const key = first + hour;
      let expected = 0;
      for (let at = 0; at < PATTERNS; at += 1)
        expected += (loads[at] as number) * ((patterns[at] as Float64Array)[hour] as number);
      usual[key] =
        ((change[key] as number) + PATTERN_SHRINK * expected) / ((free[key] as number) + PATTERN_SHRINK);
    }
  }
  return usual;
}

/** How much of each pattern a station has, by ridge regression over its hours. */
function loadsOf(
  patterns: Float64Array[],
  free: Float32Array,
  change: Float32Array,
  first: number,
): number[] {
  const products = new Float64Array(PATTERNS * PATTERNS);
  const right = Array.from({ length: PATTERNS }, () => 0);
  for (let row = 0; row < PATTERNS; row += 1) {
    const pattern = patterns[row] as Float64Array;
    let shared = 0;
    for (let hour = 0; hour < WEEK_HOURS; hour += 1)
      shared += (pattern[hour] as number) * (change[first + hour] as number);
    right[row] = shared;
    for (let column = 0; column <= row; column += 1) {
      const other = patterns[column] as Float64Array;
      let sum = row === column ? STATION_SHRINK : 0;
      for (let hour = 0; hour < WEEK_HOURS; hour += 1)
        sum += (pattern[hour] as number) * (other[hour] as number) * (free[first + hour] as number);
      products[row * PATTERNS + column] = sum;
    }
  }
  return solveSymmetric(products, right);
}

/** Shrinks each station's mean square towards that of the hour, scaled by how lively the station is compared with others at its hours. */
function deviationOf({ free, change, square }: WeekSums): Float32Array {
  const stations = free.length / WEEK_HOURS;
  const { ofHours, mean } = squaresOfHours(free, square);
  const deviation = new Float32Array(free.length);
  for (let station = 0; station < stations; station += 1) {
    const own = { square: 0, expected: 0 };
    for (let hour = 0; hour < WEEK_HOURS; hour += 1) {
      const key = station * WEEK_HOURS + hour;
      own.square += square[key] as number;
      own.expected += (free[key] as number) * (ofHours[hour] as number);
    }
    const liveliness = (own.square + SQUARE_SHRINK * mean) / (own.expected + SQUARE_SHRINK * mean);
    for (let hour = 0; hour < WEEK_HOURS; hour += 1) {
      const key = station * WEEK_HOURS + hour;
      const n = (free[key] as number) + SQUARE_SHRINK;
      const squares = ((square[key] as number) + SQUARE_SHRINK * liveliness * (ofHours[hour] as number)) / n;
      const meanChange = (change[key] as number) / n;
      deviation[key] = Math.sqrt(Math.max(SQUARE_MIN, squares - meanChange * meanChange));
    }
  }
  return deviation;
}

/** The mean square of each hour over all stations, and of all hours together. */
function squaresOfHours(free: Float32Array, square: Float32Array): { ofHours: Float64Array; mean: number } {
  const cases = new Float64Array(WEEK_HOURS).fill(1);
  const ofHours = new Float64Array(WEEK_HOURS);
  let all = WEEK_HOURS;
  let squares = 1;
  for (let key = 0; key < free.length; key += 1) {
    const hour = key % WEEK_HOURS;
    cases[hour] = (cases[hour] as number) + (free[key] as number);
    ofHours[hour] = (ofHours[hour] as number) + (square[key] as number);
    all += free[key] as number;
    squares += square[key] as number;
  }
  const mean = squares / all;
  for (let hour = 0; hour < WEEK_HOURS; hour += 1)
    ofHours[hour] = ((ofHours[hour] as number) + mean) / (cases[hour] as number);
  return { ofHours, mean };
}
