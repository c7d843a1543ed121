/** Natural log of the odds; a probability of exactly 0 or 1 is kept within 1 in 5,000. */
export function logit(probability: number): number {
  const bounded = Math.min(0.9998, Math.max(0.0002, probability));
  return Math.log(bounded / (1 - bounded));
}

export function probabilityOf(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

const ITERATIONS_MAX = 12;

export type Rows = {
  /** Row-major, `width` numbers a row; the first is usually 1. */
  inputs: Float64Array;
  /** 0 or 1 of each row. */
  outcomes: Uint8Array;
  /** How many cases each row stands for. */
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
  let weights = [...start];
  for (let iteration = 0; iteration < ITERATIONS_MAX; iteration += 1) {
    const gradient = weights.map((weight, at) => ridge * ((prior[at] as number) - weight));
    const curvature = new Float64Array(width * width);
    for (let at = 0; at < width; at += 1) curvature[at * width + at] = ridge;
    addRows(rows, weights, gradient, curvature);
    const step = solve(curvature, gradient, width);
    weights = weights.map((weight, at) => weight + (step[at] as number));
    if (Math.max(...step.map(Math.abs)) < 1e-3) break;
  }
  return weights;
}

function addRows(rows: Rows, weights: number[], gradient: number[], curvature: Float64Array): void {
  const { inputs, outcomes, rowWeights, width } = rows;
  for (let row = 0, start = 0; row < outcomes.length; row += 1, start += width) {
    let logOdds = 0;
    for (let at = 0; at < width; at += 1) logOdds += (weights[at] as number) * (inputs[start + at] as number);
    const probability = probabilityOf(logOdds);
    const error = (rowWeights[row] as number) * ((outcomes[row] as number) - probability);
    const slope = (rowWeights[row] as number) * probability * (1 - probability);
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
}

/** Solves a symmetric positive system, of which the lower half is given, by Cholesky. */
function solve(lower: Float64Array, right: number[], width: number): number[] {
  const factor = lower.slice();
  for (let i = 0; i < width; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = factor[i * width + j] as number;
      for (let k = 0; k < j; k += 1)
        sum -= (factor[i * width + k] as number) * (factor[j * width + k] as number);
      factor[i * width + j] =
        i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / (factor[j * width + j] as number);
    }
  }
  const middle = right.map(() => 0);
  for (let i = 0; i < width; i += 1) {
    let sum = right[i] as number;
    for (let k = 0; k < i; k += 1) sum -= (factor[i * width + k] as number) * (middle[k] as number);
    middle[i] = sum / (factor[i * width + i] as number);
  }
  const solution = right.map(() => 0);
  for (let i = width - 1; i >= 0; i -= 1) {
    let sum = middle[i] as number;
    for (let k = i + 1; k < width; k += 1) sum -= (factor[k * width + i] as number) * (solution[k] as number);
    solution[i] = sum / (factor[i * width + i] as number);
  }
  return solution;
}
