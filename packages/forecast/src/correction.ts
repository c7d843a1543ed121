import { fitLogistic } from './algebra/logistic.ts';

/**
 * The correction is a line in log odds that may bend at these points. Without evidence it changes nothing. In most cities nine of ten forecasts
 * are nearly certain; without bends, these would determine the correction of forecasts between .8 and .9. api.station_forecast_parts uses
 * the same order.
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

/** Sums by bin. */
type Sums = { cases: Float64Array; logOdds: Float64Array };

/** One day's forecasts before correction, and their outcomes: sums by outcome over bins that are 1/32 wide in log odds. */
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

  /** Computes the correction for the next forecasts. */
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
