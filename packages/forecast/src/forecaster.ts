import { fitLogistic, probabilityOf } from './algebra/logistic.ts';
import { CaseRoom, type Cases, LOW_COUNT_MAX } from './cases.ts';
import { corrected, Misses, NO_CORRECTION } from './correction.ts';
import { WEEK_HOURS } from './history.ts';
import { JudgedDay } from './judged-day.ts';
import { SIGNS, Tables } from './tables.ts';
import { trustIn } from './trust.ts';

/**
 * What a forecast is based on. `logit`: five tables, the usual week and the system's tempo, weighted together; `table`: the share of past cases
 * with the same count that had the outcome, which is persistence damped by experience; `persistence`: the present state stays.
 */
export type Basis = 'logit' | 'table' | 'persistence';

/** The last known days, which are forecast as they would have been at the time. They decide how far the model is trusted, and its correction. */
export const JUDGED_DAYS = 10;
const CORRECTION_DAYS = 10;

/** The current model: its weights, how its forecasts are corrected, and how far they are trusted. */
export type Fitted = {
  basis: Basis;
  weights: number[] | null;
  correction: number[];
  trust: number;
  tables: Tables;
};

/** Probabilities of the outcome, according to the model as far as it is trusted, the whole model, and the three references that it is compared with. */
export type Forecast = {
  model: number;
  whole: number;
  persistence: number;
  damped: number;
  profile: number;
  basis: Basis;
};

const DAY_SECONDS = 86_400;
/** Counts as a day of observations. Less than 24 h, because the outcomes of its last observations are not yet known when the next day begins. */
const DAY_KNOWN_SECONDS = 0.9 * DAY_SECONDS;
/** Days from which the weights are learned. Older days belong to another season. */
const WEIGHT_DAYS = 14;
const LOW_ROWS_MAX = 10_000;
const HIGH_ROWS_MAX = 5_000;
/** Counts below this have their own intercept and their own slopes for tempo and usual change. */
export const OWN_COUNTS = 3;
export const WIDTH = 1 + SIGNS + OWN_COUNTS + 1 + OWN_COUNTS + OWN_COUNTS;
const RIDGE = 20;
/**
 * Weights of a city of which nothing is known, in the order of `#fill`: with little data, a city's own stay near these. They are what Boulder BCycle (5 February
 * to 20 March 2022) and Bay Wheels (September 2022) have in common, for bikes and docks at 20 to 60 minutes, rounded to a tenth.
 */
const USUAL_WEIGHTS = [
  0, // the constant
  -0.2, // tables: the count,
  0.1, // with the hour,
  0.3, // with the time since the last change,
  0.1, // with the change over the last hour,
  0.2, // and with how busy the station is
  0.1, // the station's usual week
  0.7, // the distance from 0
  ...[0, 0, 0], // own constants of the low counts
  0, // the tempo
  ...[0.3, 0, 0], // own tempo of the low counts
  ...[0.8, 0.4, 0.1], // own distance of the low counts
];
/**
 * Forecasts the cases of one target and time ahead, day by day. For each day it learns the outcomes known by then, fits the weights again, and
 * decides from its own forecasts of the last days how far to trust the model against the table. No outcome of that day or later
 * affects the forecasts of that day.
 */
export class Forecaster {
  readonly #cases: Cases;
  readonly #tables: Tables;
  #learned = 0;
  #weights: number[] | null = null;
  #correction = NO_CORRECTION;
  #trust = 0;
  #basis: Basis = 'persistence';
  readonly #judged: JudgedDay[] = [];
  readonly #signs = new Float64Array(SIGNS);
  readonly #row = new Float64Array(WIDTH);
  /** Reused by each fit, so that these megabytes are not allocated again for each day. */
  readonly #inputs: Float64Array;

  readonly #fromDay: number;

  /**
   * @param fromDay before this day no model is fitted and the table is used
   * @param room memory for what it learns; overwrites the forecaster that was in it before
   */
  constructor(cases: Cases, fromDay = Number.NEGATIVE_INFINITY, room = new CaseRoom()) {
    this.#cases = cases;
    this.#fromDay = fromDay;
    this.#tables = new Tables(cases, room);
    this.#inputs = room.take('inputs', Float64Array, (LOW_ROWS_MAX + HIGH_ROWS_MAX + 2) * WIDTH);
  }

  /** Call this for each day, in order, before you forecast its cases. */
  beginDay(day: number): void {
    const { dueDays } = this.#cases;
    while (this.#learned < dueDays.length && (dueDays[this.#learned] as number) < day) {
      this.#tables.learn(this.#learned);
      this.#learned += 1;
    }
    const knownSeconds = this.#knownSeconds();
    if (knownSeconds < DAY_KNOWN_SECONDS) return;
    this.#basis = 'table';
    for (const judged of this.#judged) if (judged.day < day - 1) judged.end();
    if (knownSeconds < 2 * DAY_KNOWN_SECONDS || day < this.#fromDay) return;
    this.#fitWeights(day);
    this.#fitCorrection(day);
    this.#trust = trustIn(this.#judged.filter((judged) => judged.day >= day - JUDGED_DAYS));
    if (this.#trust > 0) this.#basis = 'logit';
    this.#judged.push(new JudgedDay(day));
  }

  fitted(): Fitted {
    return {
      basis: this.#basis,
      weights: this.#weights,
      correction: this.#correction,
      trust: this.#trust,
      tables: this.#tables,
    };
  }

  /** @param at index of a case of the day given to beginDay */
  forecast(at: number): Forecast {
    const { counts, outcomes, stationHours } = this.#cases;
    const persistence = (counts[at] as number) > 0 ? 1 : 0;
    const profile = this.#tables.profile(at);
    if (this.#basis === 'persistence')
      return {
        model: persistence,
        whole: persistence,
        persistence,
        damped: persistence,
        profile,
        basis: 'persistence',
      };
    const damped = this.#tables.damped(at);
    if (this.#weights === null)
      return { model: damped, whole: damped, persistence, damped, profile, basis: 'table' };
    const logOdds = this.#weigh(at, this.#weights);
    const probability = probabilityOf(corrected(logOdds, this.#correction));
    const standsFor = this.#cases.standsFor[at] as number;
    if (standsFor > 0) {
      const outcome = outcomes[at] as number;
      const station = Math.floor((stationHours[at] as number) / WEEK_HOURS);
      this.#judged
        .at(-1)
        ?.add(
          { station, logOdds, probability, damped, outcome, standsFor },
          this.#cases.dueDays[at] as number,
        );
    }
    return {
      model: damped + this.#trust * (probability - damped),
      whole: probability,
      persistence,
      damped,
      profile,
      basis: this.#basis,
    };
  }

  #knownSeconds(): number {
    const { times } = this.#cases;
    return this.#learned === 0 ? 0 : (times[this.#learned - 1] as number) - (times[0] as number);
  }

  /** Fits the weights on cases for which the tables leave out the case's own fold. Weights fitted on what the tables have learned make bad forecasts. */
  #fitWeights(day: number): void {
    const { rows, rowWeights } = this.#sample(day - WEIGHT_DAYS);
    const inputs = this.#inputs.subarray(0, rows.length * WIDTH);
    const outcomes = new Uint8Array(rows.length);
    rows.forEach((at, row) => {
      this.#tables.ask(at, true, this.#signs);
      this.#fill(at);
      inputs.set(this.#row, row * WIDTH);
      outcomes[row] = this.#cases.outcomes[at] as number;
    });
    this.#weights = fitLogistic(
      { inputs, outcomes, rowWeights, width: WIDTH },
      USUAL_WEIGHTS,
      RIDGE,
      this.#weights ?? USUAL_WEIGHTS,
    );
  }

  /** Corrects the next forecasts by the errors of the last days' forecasts, which were made as they would have been at the time. */
  #fitCorrection(day: number): void {
    const recent = new Misses();
    for (const judged of this.#judged) if (judged.day >= day - CORRECTION_DAYS) recent.addAll(judged.misses);
    this.#correction = recent.correction(this.#correction);
  }

  /** Index of the first learned case on `day` or later. */
  #firstOf(day: number): number {
    const { days } = this.#cases;
    let at = this.#learned;
    while (at > 0 && (days[at - 1] as number) >= day) at -= 1;
    return at;
  }

  /** An even sample of the cases since `fromDay`. Each represents the cases that were skipped. */
  #sample(fromDay: number): { rows: number[]; rowWeights: Float64Array } {
    const { counts, standsFor } = this.#cases;
    const low: number[] = [];
    const high: number[] = [];
    for (let at = this.#firstOf(fromDay); at < this.#learned; at += 1) {
      if ((standsFor[at] as number) > 0) ((counts[at] as number) <= LOW_COUNT_MAX ? low : high).push(at);
    }
    const rows: number[] = [];
    const weights: number[] = [];
    for (const [part, max] of [
      [low, LOW_ROWS_MAX],
      [high, HIGH_ROWS_MAX],
    ] as const) {
      const step = Math.max(1, part.length / max);
      for (let at = 0; at < part.length; at += step) {
        const row = part[Math.floor(at)] as number;
        rows.push(row);
        weights.push(step * (standsFor[row] as number));
      }
    }
    return { rows, rowWeights: Float64Array.from(weights) };
  }

  #weigh(at: number, weights: number[]): number {
    this.#tables.ask(at, false, this.#signs);
    this.#fill(at);
    let sum = 0;
    for (let input = 0; input < WIDTH; input += 1)
      sum += (weights[input] as number) * (this.#row[input] as number);
    return sum;
  }

  /** Fills in the inputs of one case: 1, the tables' log odds, the distance from 0, the tempo, and per low count an own intercept, tempo and distance. */
  #fill(at: number): void {
    const count = this.#cases.counts[at] as number;
    const tempo = this.#cases.tempos[at] as number;
    const row = this.#row;
    row.fill(0);
    row[0] = 1;
    row.set(this.#signs, 1);
    row[1 + SIGNS + OWN_COUNTS] = tempo;
    if (count < OWN_COUNTS) {
      row[1 + SIGNS + count] = 1;
      row[2 + SIGNS + OWN_COUNTS + count] = tempo;
      row[2 + SIGNS + 2 * OWN_COUNTS + count] = this.#signs[SIGNS - 1] as number;
    }
  }
}
