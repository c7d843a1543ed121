import { type Cases, COUNT_BUCKETS, TABLES } from './cases.ts';
import { WEEK_HOURS } from './history.ts';

/** Cases are dealt out to folds by their day, so that what is judged has not been learned from. */
export const FOLDS = 5;

type Sums = {
  total: { cases: number; hits: number };
  /** Per table: cases, and those with the outcome, by key. */
  tables: { cases: Float64Array; hits: Float64Array }[];
  /** Per station and hour of the week: cases, those with the outcome, the sum of the changes and of their squares. */
  profile: { cases: Float64Array; hits: Float64Array; change: Float64Array; square: Float64Array };
};

const SHRINK = 30;
const PROFILE_SHRINK = 12;
export const DISTANCE_MAX = 6;

type Usual = { n: number; hits: number; change: number; square: number };

/** What was counted so far, by fold, and what it says of a case. */
export class Tables {
  readonly #folds: Sums[];
  readonly #all: Sums;
  readonly #cases: Cases;

  constructor(cases: Cases) {
    this.#cases = cases;
    this.#folds = Array.from({ length: FOLDS }, () => emptySums(cases.stations));
    this.#all = emptySums(cases.stations);
  }

  learn(at: number): void {
    if (this.#cases.standsFor[at] === 0) return;
    addCase(this.#all, this.#cases, at);
    addCase(this.#folds[foldOf(this.#cases, at)] as Sums, this.#cases, at);
  }

  /**
   * @param unseen leave out what was learned in the fold of this case
   * @param into gets one probability per table, that of the profile, and how many standard deviations the count is away from 0 when the usual change is
   * added
   */
  ask(at: number, unseen: boolean, into: Float64Array): void {
    const cases = this.#cases;
    const fold = unseen ? (this.#folds[foldOf(cases, at)] as Sums) : null;
    const all = this.#all;
    const share = shareOf(all, fold);
    for (let table = 0; table < TABLES.length; table += 1) {
      const key = (cases.keys[table] as Int32Array)[at] as number;
      const sums = all.tables[table] as Sums['tables'][number];
      const out = fold?.tables[table];
      const n = (sums.cases[key] as number) - (out?.cases[key] ?? 0);
      const hits = (sums.hits[key] as number) - (out?.hits[key] ?? 0);
      const parent = TABLES[table]?.parent;
      const prior = parent === null || parent === undefined ? share : (into[parent] as number);
      into[table] = (hits + SHRINK * prior) / (n + SHRINK);
    }
    this.#askProfile(at, fold, share, into);
  }

  #askProfile(at: number, fold: Sums | null, share: number, into: Float64Array): void {
    const { n, hits, change, square } = this.#usual(at, fold, share);
    const mean = change / n;
    const deviation = deviationOf(n, change, square);
    into[PROFILE] = hits / n;
    const distance = ((this.#cases.counts[at] as number) - 0.5 + mean) / deviation;
    into[PROFILE + 1] = Math.max(-DISTANCE_MAX, Math.min(DISTANCE_MAX, distance));
  }

  /**
   * Sums over the cases of this station at this hour of the week. Where they are few, the same hour of all days stands in for them, and where those
   * are few, all cases.
   */
  #usual(at: number, fold: Sums | null, share: number): Usual {
    return this.#usualOf(this.#cases.stationHours[at] as number, fold, share);
  }

  #usualOf(key: number, fold: Sums | null, share: number): Usual {
    const isWeekend = key % WEEK_HOURS >= WEEK_HOURS / 2;
    const other = isWeekend ? key - WEEK_HOURS / 2 : key + WEEK_HOURS / 2;
    const sumOf = (name: keyof Sums['profile'], of: number) =>
      (this.#all.profile[name][of] as number) - (fold?.profile[name][of] ?? 0);
    const cases = sumOf('cases', key);
    const allDays = cases + sumOf('cases', other) + PROFILE_SHRINK;
    const blend = (name: 'hits' | 'change' | 'square', prior: number) =>
      sumOf(name, key) +
      (PROFILE_SHRINK * (sumOf(name, key) + sumOf(name, other) + PROFILE_SHRINK * prior)) / allDays;
    return {
      n: cases + PROFILE_SHRINK,
      hits: blend('hits', share),
      change: blend('change', 0),
      square: blend('square', 1),
    };
  }

  /** What each table says by its key: the probabilities that `ask` gives. */
  told(table: number): number[] {
    const { size, parent } = TABLES[table] as (typeof TABLES)[number];
    const { cases, hits } = this.#all.tables[table] as Sums['tables'][number];
    const above = parent === null ? null : this.told(parent);
    const perCount = size / COUNT_BUCKETS;
    const share = shareOf(this.#all, null);
    return Array.from({ length: size }, (_, key) => {
      const prior = above === null ? share : (above[Math.floor(key / perCount)] as number);
      return ((hits[key] as number) + SHRINK * prior) / ((cases[key] as number) + SHRINK);
    });
  }

  /** How often a station had one at an hour of the week, and how its count changes until then. */
  usualAt(station: number, hour: number): { profile: number; change: number; deviation: number } {
    const { n, hits, change, square } = this.#usualOf(
      station * WEEK_HOURS + hour,
      null,
      shareOf(this.#all, null),
    );
    return { profile: hits / n, change: change / n, deviation: deviationOf(n, change, square) };
  }

  /** The usual change of a case's count until then. */
  changeOf(at: number): number {
    const { n, change } = this.#usual(at, null, 0);
    return change / n;
  }
}

/** Numbers that `ask` gives. */
export const SIGNS = TABLES.length + 2;
export const COUNT_TABLE = 0;
export const PROFILE = TABLES.length;

function foldOf({ days }: Cases, at: number): number {
  return (days[at] as number) % FOLDS;
}

function shareOf(all: Sums, fold: Sums | null): number {
  const hits = all.total.hits - (fold?.total.hits ?? 0);
  const cases = all.total.cases - (fold?.total.cases ?? 0);
  return (hits + 1) / (cases + 2);
}

function deviationOf(n: number, change: number, square: number): number {
  const mean = change / n;
  return Math.sqrt(Math.max(0.1, square / n - mean * mean));
}

function emptySums(stations: number): Sums {
  const pair = (size: number) => ({ cases: new Float64Array(size), hits: new Float64Array(size) });
  return {
    total: { cases: 0, hits: 0 },
    tables: TABLES.map(({ size }) => pair(size)),
    profile: {
      ...pair(stations * WEEK_HOURS),
      change: new Float64Array(stations * WEEK_HOURS),
      square: new Float64Array(stations * WEEK_HOURS),
    },
  };
}

function addCase(sums: Sums, cases: Cases, at: number): void {
  const standsFor = cases.standsFor[at] as number;
  const outcome = standsFor * (cases.outcomes[at] as number);
  for (let table = 0; table < TABLES.length; table += 1) {
    const key = (cases.keys[table] as Int32Array)[at] as number;
    const { cases: n, hits } = sums.tables[table] as Sums['tables'][number];
    n[key] = (n[key] as number) + standsFor;
    hits[key] = (hits[key] as number) + outcome;
  }
  const key = cases.stationHours[at] as number;
  const change = cases.changes[at] as number;
  const { profile } = sums;
  profile.cases[key] = (profile.cases[key] as number) + standsFor;
  profile.hits[key] = (profile.hits[key] as number) + outcome;
  profile.change[key] = (profile.change[key] as number) + standsFor * change;
  profile.square[key] = (profile.square[key] as number) + standsFor * change * change;
  sums.total.cases += standsFor;
  sums.total.hits += outcome;
}
