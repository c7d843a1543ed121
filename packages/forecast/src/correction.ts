import { fitLogistic } from './algebra/logistic.ts';

/**
 * The correction is a line in log odds that may bend here; without evidence it changes nothing. In most cities nine forecasts of ten are nearly certain: without bends of
 * their own they would decide what becomes of those between .8 and .9. In this order api.station_forecast_parts has them, too.
 */
export const BENDS_AT = [-2.5, -1, 0.5, 2, 3.5, 5];
export const NO_CORRECTION = [0, 1, ...BENDS_AT.map(() => 0)];
const WIDTH = NO_CORRECTION.length;
const RIDGE = 40;
const LOG_ODDS_MAX = 16;
const BINS_PER_UNIT = 32;
const BINS = 2 * LOG_ODDS_MAX * BINS_PER_UNIT;

export function corrected(logOdds: number, correction: number[]): number {
  let sum = (correction[0] as number) + (correction[1] as number) * logOdds;
  for (let bend = 0; bend < BENDS_AT.length; bend += 1) {
    const beyond = logOdds - (BENDS_AT[bend] as number);
    if (beyond > 0) sum += beyond * (correction[2 + bend] as number);
  }
  return sum;
}

/** By bin. */
type Sums = { cases: Float64Array; logOdds: Float64Array };

/** What one day's forecasts said before they were corrected, and what came: sums of forecasts within 1/32 of each other in log odds, by outcome. */
export class Misses {
  readonly #sums: Sums[] = [0, 1].map(() => ({
    cases: new Float64Array(BINS),
    logOdds: new Float64Array(BINS),
  }));

  add(logOdds: number, outcome: number, standsFor: number): void {
    const at = Math.floor((logOdds + LOG_ODDS_MAX) * BINS_PER_UNIT);
    const bin = Math.max(0, Math.min(BINS - 1, at));
    const { cases, logOdds: sums } = this.#sums[outcome] as Sums;
    cases[bin] = (cases[bin] as number) + standsFor;
    sums[bin] = (sums[bin] as number) + standsFor * logOdds;
  }

  addAll(more: Misses): void {
    this.#sums.forEach(({ cases, logOdds }, outcome) => {
      const other = more.#sums[outcome] as Sums;
      for (let bin = 0; bin < BINS; bin += 1) {
        cases[bin] = (cases[bin] as number) + (other.cases[bin] as number);
        logOdds[bin] = (logOdds[bin] as number) + (other.logOdds[bin] as number);
      }
    });
  }

  /** What the next forecasts are to be corrected by. */
  correction(start: number[]): number[] {
    const inputs: number[] = [];
    const outcomes: number[] = [];
    const rowWeights: number[] = [];
    this.#sums.forEach(({ cases, logOdds }, outcome) => {
      for (let bin = 0; bin < BINS; bin += 1) {
        const n = cases[bin] as number;
        if (n === 0) continue;
        const mean = (logOdds[bin] as number) / n;
        inputs.push(1, mean, ...BENDS_AT.map((at) => Math.max(0, mean - at)));
        outcomes.push(outcome);
        rowWeights.push(n);
      }
    });
    return fitLogistic(
      {
        inputs: Float64Array.from(inputs),
        outcomes: Uint8Array.from(outcomes),
        rowWeights: Float64Array.from(rowWeights),
        width: WIDTH,
      },
      NO_CORRECTION,
      RIDGE,
      start,
    );
  }
}
