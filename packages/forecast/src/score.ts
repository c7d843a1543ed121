/** Sums of squared errors of one block of time (a day). */
export type BlockErrors = {
  pairs: number;
  model: number;
  persistence: number;
  damped: number;
  profile: number;
};

export type Reference = 'persistence' | 'damped' | 'profile';

export function emptyErrors(): BlockErrors {
  return { pairs: 0, model: 0, persistence: 0, damped: 0, profile: 0 };
}

export function sumErrors(blocks: BlockErrors[]): BlockErrors {
  const sum = emptyErrors();
  for (const block of blocks)
    for (const key of Object.keys(sum) as (keyof BlockErrors)[]) sum[key] += block[key];
  return sum;
}

/** The share by which the model's Brier score is lower than the reference's: 1 is perfect, 0 is no better. Null when the reference made no error. */
export function skillOf(errors: BlockErrors, reference: Reference): number | null {
  return errors[reference] === 0 ? null : 1 - errors.model / errors[reference];
}

const RESAMPLES = 1000;
const DAYS_OF_A_WEEK = 7;
const WEEKS_MIN = 5;

/**
 * The middle 95 % of the skill when whole weeks (days, if there are fewer than five weeks) are drawn with replacement. Errors of forecasts on the
 * same day are correlated, so drawing single forecasts would make the interval far too narrow.
 * @returns null when there are fewer than two blocks
 */
export function skillInterval(days: BlockErrors[], reference: Reference, seed = 1): [number, number] | null {
  const weekly = days.length >= WEEKS_MIN * DAYS_OF_A_WEEK;
  const blocks = weekly ? intoWeeks(days) : days;
  if (blocks.length < 2) return null;
  const random = randomFrom(seed);
  const skills: number[] = [];
  for (let sample = 0; sample < RESAMPLES; sample += 1) {
    const drawn = blocks.map(() => blocks[Math.floor(random() * blocks.length)] as BlockErrors);
    const skill = skillOf(sumErrors(drawn), reference);
    if (skill !== null) skills.push(skill);
  }
  skills.sort((a, b) => a - b);
  const at = (share: number) => skills[Math.floor(share * (skills.length - 1))];
  const low = at(0.025);
  const high = at(0.975);
  return low === undefined || high === undefined ? null : [low, high];
}

function intoWeeks(days: BlockErrors[]): BlockErrors[] {
  const weeks: BlockErrors[] = [];
  for (let at = 0; at < days.length; at += DAYS_OF_A_WEEK)
    weeks.push(sumErrors(days.slice(at, at + DAYS_OF_A_WEEK)));
  return weeks;
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Forecasts between `from` and `from` + 0.1: their number, their mean, and the share with the outcome. standard_error is the chance error of
 * forecast - observed. Errors of one station on one day are correlated, so each such block counts as one.
 */
export type ReliabilityBin = {
  from: number;
  cases: number;
  forecast: number;
  observed: number;
  standard_error: number;
};

type BinSums = { cases: number; forecast: number; observed: number; missOfBlock: Map<number, number> };

export class Reliability {
  readonly #bins: BinSums[] = Array.from({ length: 10 }, () => ({
    cases: 0,
    forecast: 0,
    observed: 0,
    missOfBlock: new Map(),
  }));

  /** @param block number that identifies the station and day */
  add(probability: number, outcome: number, block: number): void {
    const bin = this.#bins[Math.min(9, Math.floor(probability * 10))] as BinSums;
    bin.cases += 1;
    bin.forecast += probability;
    bin.observed += outcome;
    bin.missOfBlock.set(block, (bin.missOfBlock.get(block) ?? 0) + probability - outcome);
  }

  bins(): ReliabilityBin[] {
    return this.#bins.flatMap(({ cases, forecast, observed, missOfBlock }, at) => {
      if (cases === 0) return [];
      const squares = [...missOfBlock.values()].reduce((sum, miss) => sum + miss ** 2, 0);
      return [
        {
          from: at / 10,
          cases,
          forecast: forecast / cases,
          observed: observed / cases,
          standard_error: Math.sqrt(squares) / cases,
        },
      ];
    });
  }
}
