import { expect, test } from 'vitest';
import { fitLogistic, logit, probabilityOf } from './logistic.ts';

test('log odds and probabilities are each other turned round, and 0 and 1 stay finite', () => {
  expect(probabilityOf(logit(0.3))).toBeCloseTo(0.3, 12);
  expect(Number.isFinite(logit(0))).toBe(true);
  expect(logit(1)).toBeCloseTo(-logit(0), 9);
});

/** Outcomes of x from -3 to 3 that have the log odds 0.5 + 1.5 x. */
function madeRows() {
  const rows: { inputs: number[]; outcome: 0 | 1; weight: number }[] = [];
  for (let x = -3; x <= 3; x += 0.25) {
    const share = probabilityOf(0.5 + 1.5 * x);
    rows.push(
      { inputs: [1, x], outcome: 1, weight: 1000 * share },
      { inputs: [1, x], outcome: 0, weight: 1000 * (1 - share) },
    );
  }
  return {
    inputs: Float64Array.from(rows.flatMap(({ inputs }) => inputs)),
    outcomes: Uint8Array.from(rows, ({ outcome }) => outcome),
    rowWeights: Float64Array.from(rows, ({ weight }) => weight),
    width: 2,
  };
}

test('the weights that made the outcomes are found again, and rows that stand for many count as many', () => {
  const weights = fitLogistic(madeRows(), [0, 0], 0.001);
  expect(weights[0]).toBeCloseTo(0.5, 3);
  expect(weights[1]).toBeCloseTo(1.5, 3);
});

test('they are found from a start that is far off too, where full steps would run away', () => {
  const weights = fitLogistic(madeRows(), [0, 0], 1, [4, -6]);
  expect(weights[0]).toBeCloseTo(0.5, 2);
  expect(weights[1]).toBeCloseTo(1.5, 2);
});

test('without rows the prior stands, and two inputs that say the same share their weight', () => {
  const none = {
    inputs: new Float64Array(),
    outcomes: new Uint8Array(),
    rowWeights: new Float64Array(),
    width: 2,
  };
  expect(fitLogistic(none, [0, 1], 1)).toEqual([0, 1]);
  const twice = {
    inputs: Float64Array.from([1, 1, -1, -1, 1, 1]),
    outcomes: Uint8Array.from([1, 0, 1]),
    rowWeights: Float64Array.from([1, 1, 1]),
    width: 2,
  };
  const [first, second] = fitLogistic(twice, [0, 0], 1);
  expect(first).toBeGreaterThan(0);
  expect(first).toBeCloseTo(second as number, 9);
});
