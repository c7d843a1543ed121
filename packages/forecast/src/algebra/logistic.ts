import { solveSymmetric } from './solve-symmetric.ts';

/** Natural log of the odds. Probabilities closer than 1 in 5,000 to 0 or 1 are moved to that distance. */
export function logit(probability: number): number {
  const bounded = Math.min(0.9998, Math.max(0.0002, probability));
  return Math.log(bounded / (1 - bounded));
}

export function probabilityOf(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

const PASSES_MAX = 60;
const STEP_MIN = 1e-4;
/** If a pass shrinks the step to more than this share, the curvature is computed again. */
const SHRINKS_TO = 0.25;

export type Rows = {
  /** Row-major, with `width` numbers per row; the first is usually 1. */
  inputs: Float64Array;
  /** The outcome of each row, 0 or 1. */
  outcomes: Uint8Array;
  /** How many cases each row represents. */
  rowWeights: Float64Array;
  width: number;
};

/**
 * Logistic regression by Newton's method, with a ridge that keeps the weights of correlated inputs from diverging. The curvature costs most,
 * so it is reused as long as the steps shrink fast. With good start weights, computing it once is enough.
 * @param prior weights that the ridge pulls towards
 * @param start weights to start from; nearly correct ones save passes
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
      // When probabilities are near 0 or 1, the full step can go too far: try half of it, then half of that.
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

/** `loss` is the negative log likelihood of the rows plus the ridge penalty. */
type Pass = { weights: number[]; loss: number; gradient: number[] };

function longest(step: number[]): number {
  return Math.max(...step.map(Math.abs));
}

/** @param slopes receives the weight of each row in the curvature */
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

/** Computes the lower half. Skips inputs that are 0, as many are in most rows, because they add nothing. */
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
