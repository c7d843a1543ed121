import { solveSymmetric } from './solve-symmetric.ts';

/** Natural log of the odds; a probability of exactly 0 or 1 is kept within 1 in 5,000. */
export function logit(probability: number): number {
  const bounded = Math.min(0.9998, Math.max(0.0002, probability));
  return Math.log(bounded / (1 - bounded));
}

export function probabilityOf(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

const ITERATIONS_MAX = 24;

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
 * Logistic regression by Newton's method, with a ridge that keeps the weights of inputs that say the same from running apart.
 * @param prior weights that the ridge pulls to
 * @param start where to begin: weights that are nearly right save steps
 * @returns `width` weights
 */
export function fitLogistic(rows: Rows, prior: number[], ridge: number, start = prior): number[] {
  const { width } = rows;
  let best: Fit = { weights: [...start], loss: Number.POSITIVE_INFINITY, step: [] };
  let weights = best.weights;
  for (let iteration = 0; iteration < ITERATIONS_MAX; iteration += 1) {
    const gradient = weights.map((weight, at) => ridge * ((prior[at] as number) - weight));
    const curvature = new Float64Array(width * width);
    for (let at = 0; at < width; at += 1) curvature[at * width + at] = ridge;
    const pulled = weights.reduce((sum, weight, at) => sum + (weight - (prior[at] as number)) ** 2, 0);
    const loss = addRows(rows, weights, gradient, curvature) + (ridge / 2) * pulled;
    // Where probabilities are near 0 or 1 the full step can go too far: half of it is tried, and half of that.
    if (loss > best.loss) best.step = best.step.map((change) => change / 2);
    else best = { weights, loss, step: solveSymmetric(curvature, gradient) };
    if (Math.max(...best.step.map(Math.abs)) < 1e-3) return added(best);
    weights = added(best);
  }
  return best.weights;
}

type Fit = { weights: number[]; loss: number; step: number[] };

function added({ weights, step }: Fit): number[] {
  return weights.map((weight, at) => weight + (step[at] as number));
}

/** @returns the loss of the rows: minus the log of their likelihood */
function addRows(rows: Rows, weights: number[], gradient: number[], curvature: Float64Array): number {
  const { inputs, outcomes, rowWeights, width } = rows;
  let loss = 0;
  for (let row = 0, start = 0; row < outcomes.length; row += 1, start += width) {
    let logOdds = 0;
    for (let at = 0; at < width; at += 1) logOdds += (weights[at] as number) * (inputs[start + at] as number);
    const probability = probabilityOf(logOdds);
    const weight = rowWeights[row] as number;
    const error = weight * ((outcomes[row] as number) - probability);
    const slope = weight * probability * (1 - probability);
    loss -=
      weight * Math.log(Math.max(Number.MIN_VALUE, outcomes[row] === 1 ? probability : 1 - probability));
    for (let i = 0; i < width; i += 1) {
      const input = inputs[start + i] as number;
      if (input === 0) continue;
      gradient[i] = (gradient[i] as number) + error * input;
      for (let j = 0; j <= i; j += 1) {
        const at = i * width + j;
        curvature[at] = (curvature[at] as number) + slope * input * (inputs[start + j] as number);
      }
    }
  }
  return loss;
}
