/** Solves a symmetric positive definite system by Cholesky decomposition, given its lower half. */
export function solveSymmetric(lower: Float64Array, right: number[]): number[] {
  const width = right.length;
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
