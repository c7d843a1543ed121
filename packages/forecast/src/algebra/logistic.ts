import { solveSymmetric } from './solve-symmetric.ts';

/** Natural log of the odds; a probability of exactly 0 or 1 is kept within 1 in 5,000. */
export function logit(probability: number): number {
  const bounded = Math.min(0.9998, Math.max(0.0002, probability));
  return Math.log(bounded / (1 - bounded));
}

export function probabilityOf(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

const PASSES_MAX = 60;
const STEP_MIN = 1e-4;
/** A step that shrinks by less than this from pass to pass asks for the curvature again. */
const SHRINKS_TO = 0.25;

export type Rows = {
  /** Row-major, `width` numbers a row; the first is usually 1. */
  inputs: Float64Array;
  /** 0 or 1 of each row. */
  outcomes: Uint8Array;
  /** How many cases each row represents. */
  rowWeights: Float64Array;
  width: number;
};

/**
 * Logistic regression by Newton's method, with a ridge that keeps the weights of inputs that say the same from running apart. The curvature, which costs most, is kept as long as the
 * steps shrink fast: with a good start one is enough.
 * @param prior weights that the ridge pulls to
 * @param start where to begin: weights that are nearly right save passes
 * @returns `width` weights
 */
export function fitLogistic(rows: Rows, prior: number[], ridge: number, start = prior): number[] {
  const slopes = new Float64Array(rows.outcomes.length);
  let at = passOver(rows, start, prior, ridge, slopes);
  let curvature = curvatureOf(rows, slopes, ridge);
  let step = solveSymmetric(curvature, at.gradient);
  for (let pass = 1; pass < PASSES_MAX; pass += 1) {
    const weights = at.weights.map((weight, input) => weight + (step[input] as number));
    const length = longest(step);
    if (length < STEP_MIN) return weights;
    const next = passOver(rows, weights, prior, ridge, slopes);
    if (next.loss > at.loss) {
      // Where probabilities are near 0 or 1 the full step can go too far: half of it is tried, and half of that.
      step = step.map((change) => change / 2);
      continue;
    }
    at = next;
    step = solveSymmetric(curvature, at.gradient);
    if (longest(step) > SHRINKS_TO * length) {
      curvature = curvatureOf(rows, slopes, ridge);
      step = solveSymmetric(curvature, at.gradient);
    }
  }
  return at.weights;
}

/** `loss`: minus the log likelihood of the rows, and what the ridge adds. */
type Pass = { weights: number[]; loss: number; gradient: number[] };

function longest(step: number[]): number {
  return Math.max(...step.map(Math.abs));
}

/** @param slopes gets the weight of each row in the curvature */
function passOver(
  { inputs, outcomes, rowWeights, width }: Rows,
  weights: number[],
  prior: number[],
  ridge: number,
  slopes: Float64Array,
): Pass {
  const gradient = weights.map((weight, at) => ridge * ((prior[at] as number) - weight));
  let loss =
    (ridge / 2) * weights.reduce((sum, weight, at) => sum + (weight - (prior[at] as number)) ** 2, 0);
  for (let row = 0, start = 0; row < outcomes.length; row += 1, start += width) {
    let logOdds = 0;
    for (let at = 0; at < width; at += 1) logOdds += (weights[at] as number) * (inputs[start + at] as number);
    const probability = probabilityOf(logOdds);
    const weight = rowWeights[row] as number;
    const error = weight * ((outcomes[row] as number) - probability);
    slopes[row] = weight * probability * (1 - probability);
    loss -=
      weight * Math.log(Math.max(Number.MIN_VALUE, outcomes[row] === 1 ? probability : 1 - probability));
    for (let at = 0; at < width; at += 1)
      gradient[at] = (gradient[at] as number) + error * (inputs[start + at] as number);
  }
  return { weights, loss, gradient };
}

/** The lower half. Many inputs are 0 in most rows, and those add nothing. */
function curvatureOf({ inputs, width }: Rows, slopes: Float64Array, ridge: number): Float64Array {
  const curvature = new Float64Array(width * width);
  for (let at = 0; at < width; at += 1) curvature[at * width + at] = ridge;
  const used = new Uint8Array(width);
  for (let row = 0, start = 0; row < slopes.length; row += 1, start += width) {
    let count = 0;
    for (let at = 0; at < width; at += 1) {
      if (inputs[start + at] === 0) continue;
      used[count] = at;
      count += 1;
    }
    const slope = slopes[row] as number;
    for (let i = 0; i < count; i += 1) {
      const input = used[i] as number;
      const first = input * width;
      const sloped = slope * (inputs[start + input] as number);
      for (let j = 0; j <= i; j += 1) {
        const other = used[j] as number;
        curvature[first + other] =
          (curvature[first + other] as number) + sloped * (inputs[start + other] as number);
      }
    }
  }
  return curvature;
}
