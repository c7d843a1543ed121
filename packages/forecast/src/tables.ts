import { logit } from './algebra/logistic.ts';
import { CaseRoom, type Cases, COUNT_BUCKETS, TABLES } from './cases.ts';
import { WEEK_HOURS } from './history.ts';
import {
  FREE_COUNT_MIN,
  type UsualWeek,
  usualWeek,
  WEEK_SUMS,
  type WeekSums,
  weekSumsOf,
} from './usual-week.ts';

/** Cases are assigned to folds by day, so that a case can be judged by tables that have not learned from it. */
const FOLDS = 5;

/** All numbers are in `flat`, so that two sums can be added in one loop. */
type Sums = {
  flat: Float32Array;
  /** All cases, and those with the outcome. */
  total: Pair;
  /** The same for each table, by key. */
  tables: Pair[];
  week: WeekSums;
};
type Pair = { cases: Float32Array; hits: Float32Array };

/** What follows from the counts: for each table the probability and log odds of each key, and the usual week. */
type Told = { probabilities: Float64Array[]; logOdds: Float64Array[]; usual: UsualWeek };

const SHRINK = 30;
const DISTANCE_MAX = 6;

/** Counts cases by fold, and computes what the counts say about a case. */
export class Tables {
  readonly #folds: Sums[];
  /** The sums of all folds, and of all folds but one. Computed from the folds on demand. */
  readonly #all: Sums;
  readonly #rest: Sums;
  #allIsCounted = false;
  readonly #cases: Cases;
  /** Results by the fold that is left out (FOLDS for none). Computed on demand and kept until another fold learns. */
  readonly #told: (Told | undefined)[] = [];

  /** @param room memory for the sums; overwrites the tables that were in it before */
  constructor(cases: Cases, room = new CaseRoom()) {
    this.#cases = cases;
    const [all, rest, ...folds] = Array.from({ length: FOLDS + 2 }, (_, at) =>
      emptySums(cases.stations, (size) => room.take(`sums ${at}`, Float32Array, size)),
    );
    this.#folds = folds;
    this.#all = all as Sums;
    this.#rest = rest as Sums;
  }

  learn(at: number): void {
    if (this.#cases.standsFor[at] === 0) return;
    const fold = foldOf(this.#cases, at);
    addCase(this.#folds[fold] as Sums, this.#cases, at);
    this.#allIsCounted = false;
    for (let out = 0; out <= FOLDS; out += 1) if (out !== fold) this.#told[out] = undefined;
  }

  /**
   * @param unseen leave out the fold of this case
   * @param into receives the log odds of each table and of the profile, and how many standard deviations the count plus its usual change is away
   * from 0
   */
  ask(at: number, unseen: boolean, into: Float64Array): void {
    const { keys, counts, stationHours } = this.#cases;
    const { logOdds, usual } = this.#toldWithout(unseen ? foldOf(this.#cases, at) : FOLDS);
    for (let table = 0; table < TABLES.length; table += 1) {
      const key = (keys[table] as Uint16Array)[at] as number;
      into[table] = (logOdds[table] as Float64Array)[key] as number;
    }
    const key = stationHours[at] as number;
    into[PROFILE] = logit(usual.profile[key] as number);
    const distance =
      ((counts[at] as number) - 0.5 + (usual.change[key] as number)) / (usual.deviation[key] as number);
    into[PROFILE + 1] = Math.max(-DISTANCE_MAX, Math.min(DISTANCE_MAX, distance));
  }

  /** The probability from the table by count: damped persistence. */
  damped(at: number): number {
    const key = (this.#cases.keys[COUNT_TABLE] as Uint16Array)[at] as number;
    return (this.told(COUNT_TABLE) as Float64Array)[key] as number;
  }

  /** How often this station had a bike (or dock) at this hour of the week. */
  profile(at: number): number {
    return this.#toldWithout(FOLDS).usual.profile[this.#cases.stationHours[at] as number] as number;
  }

  /** The probabilities of a table, by key. */
  told(table: number): Float64Array {
    return this.#toldWithout(FOLDS).probabilities[table] as Float64Array;
  }

  /** How often a station had a bike (or dock) at an hour of the week, and how its count usually changes until the outcome. */
  usualAt(station: number, hour: number): { profile: number; change: number; deviation: number } {
    const { profile, change, deviation } = this.#toldWithout(FOLDS).usual;
    const key = station * WEEK_HOURS + hour;
    return {
      profile: profile[key] as number,
      change: change[key] as number,
      deviation: deviation[key] as number,
    };
  }

  #toldWithout(out: number): Told {
    this.#told[out] ??= tell(this.#sumsWithout(out));
    return this.#told[out] as Told;
  }

  #sumsWithout(out: number): Sums {
    const all = this.#all.flat;
    if (!this.#allIsCounted) {
      all.fill(0);
      for (const { flat } of this.#folds) addTimes(all, flat, 1);
      this.#allIsCounted = true;
    }
    const fold = this.#folds[out];
    if (fold === undefined) return this.#all;
    this.#rest.flat.set(all);
    addTimes(this.#rest.flat, fold.flat, -1);
    return this.#rest;
  }
}

/** How many numbers `ask` returns. */
export const SIGNS = TABLES.length + 2;
export const COUNT_TABLE = 0;
export const PROFILE = TABLES.length;

function foldOf({ days }: Cases, at: number): number {
  return (days[at] as number) % FOLDS;
}

function tell({ total, tables, week }: Sums): Told {
  const share = ((total.hits[0] as number) + 1) / ((total.cases[0] as number) + 2);
  const probabilities: Float64Array[] = [];
  TABLES.forEach(({ size, parent }, table) => {
    const { cases, hits } = tables[table] as Pair;
    const above = parent === null ? null : (probabilities[parent] as Float64Array);
    const perCount = size / COUNT_BUCKETS;
    probabilities.push(
      Float64Array.from({ length: size }, (_, key) => {
        const prior = above === null ? share : (above[Math.floor(key / perCount)] as number);
        return ((hits[key] as number) + SHRINK * prior) / ((cases[key] as number) + SHRINK);
      }),
    );
  });
  return {
    probabilities,
    logOdds: probabilities.map((table) => table.map(logit)),
    usual: usualWeek(week, share),
  };
}

function emptySums(stations: number, memory: (size: number) => Float32Array): Sums {
  const sizes = [1, ...TABLES.map(({ size }) => size)];
  const weekSize = stations * WEEK_HOURS;
  const flat = memory(2 * sizes.reduce((sum, size) => sum + size, 0) + WEEK_SUMS.length * weekSize).fill(0);
  let taken = 0;
  const take = (size: number) => {
    taken += size;
    return flat.subarray(taken - size, taken);
  };
  const [total, ...tables] = sizes.map((size) => ({ cases: take(size), hits: take(size) }));
  return { flat, total: total as Pair, tables, week: weekSumsOf(() => take(weekSize)) };
}

function addTimes(to: Float32Array, more: Float32Array, times: 1 | -1): void {
  for (let at = 0; at < to.length; at += 1) to[at] = (to[at] as number) + times * (more[at] as number);
}

function addCase(sums: Sums, cases: Cases, at: number): void {
  const standsFor = cases.standsFor[at] as number;
  const outcome = standsFor * (cases.outcomes[at] as number);
  for (let table = 0; table < TABLES.length; table += 1) {
    const key = (cases.keys[table] as Uint16Array)[at] as number;
    const { cases: n, hits } = sums.tables[table] as Pair;
    n[key] = (n[key] as number) + standsFor;
    hits[key] = (hits[key] as number) + outcome;
  }
  addToWeek(sums.week, cases, at);
  sums.total.cases[0] = (sums.total.cases[0] as number) + standsFor;
  sums.total.hits[0] = (sums.total.hits[0] as number) + outcome;
}

function addToWeek({ cases: n, hits, free, change, square }: WeekSums, cases: Cases, at: number): void {
  const key = cases.stationHours[at] as number;
  const standsFor = cases.standsFor[at] as number;
  n[key] = (n[key] as number) + standsFor;
  hits[key] = (hits[key] as number) + standsFor * (cases.outcomes[at] as number);
  if ((cases.counts[at] as number) < FREE_COUNT_MIN) return;
  const changed = cases.changes[at] as number;
  free[key] = (free[key] as number) + standsFor;
  change[key] = (change[key] as number) + standsFor * changed;
  square[key] = (square[key] as number) + standsFor * changed * changed;
}
