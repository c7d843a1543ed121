import { type Cases, COUNT_BUCKETS, TABLES } from './cases.ts';
import { WEEK_HOURS } from './history.ts';
import { emptyWeekSums, FREE_COUNT_MIN, type UsualWeek, usualWeek, type WeekSums } from './usual-week.ts';

/** Cases are dealt out to folds by their day, so that what is judged has not been learned from. */
export const FOLDS = 5;

type Sums = {
  total: { cases: number; hits: number };
  /** Per table: cases, and those with the outcome, by key. */
  tables: { cases: Float64Array; hits: Float64Array }[];
  week: WeekSums;
};

const SHRINK = 30;
export const DISTANCE_MAX = 6;

/** What was counted so far, by fold, and what it says of a case. */
export class Tables {
  readonly #folds: Sums[];
  readonly #all: Sums;
  readonly #cases: Cases;
  /** By the fold that is left out; made when first asked for, until more is learned. */
  readonly #usual: UsualWeek[] = [];

  constructor(cases: Cases) {
    this.#cases = cases;
    this.#folds = Array.from({ length: FOLDS }, () => emptySums(cases.stations));
    this.#all = emptySums(cases.stations);
  }

  learn(at: number): void {
    if (this.#cases.standsFor[at] === 0) return;
    this.#usual.length = 0;
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
    this.#askProfile(at, fold, into);
  }

  #askProfile(at: number, fold: Sums | null, into: Float64Array): void {
    const usual = this.#usualWithout(fold === null ? FOLDS : foldOf(this.#cases, at));
    const key = this.#cases.stationHours[at] as number;
    into[PROFILE] = usual.profile[key] as number;
    const distance =
      ((this.#cases.counts[at] as number) - 0.5 + (usual.change[key] as number)) /
      (usual.deviation[key] as number);
    into[PROFILE + 1] = Math.max(-DISTANCE_MAX, Math.min(DISTANCE_MAX, distance));
  }

  /** @param fold which is left out; FOLDS: none */
  #usualWithout(fold: number): UsualWeek {
    const known = this.#usual[fold];
    if (known !== undefined) return known;
    const without = this.#folds[fold] ?? null;
    const usual = usualWeek(this.#all.week, without?.week ?? null, shareOf(this.#all, without));
    this.#usual[fold] = usual;
    return usual;
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
    const { profile, change, deviation } = this.#usualWithout(FOLDS);
    const key = station * WEEK_HOURS + hour;
    return {
      profile: profile[key] as number,
      change: change[key] as number,
      deviation: deviation[key] as number,
    };
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

function emptySums(stations: number): Sums {
  const pair = (size: number) => ({ cases: new Float64Array(size), hits: new Float64Array(size) });
  return {
    total: { cases: 0, hits: 0 },
    tables: TABLES.map(({ size }) => pair(size)),
    week: emptyWeekSums(stations),
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
  addToWeek(sums.week, cases, at);
  sums.total.cases += standsFor;
  sums.total.hits += outcome;
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
