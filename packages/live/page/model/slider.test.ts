import fc from 'fast-check';
import { expect, test } from 'vitest';
import { momentOf, STEPS, stepAt } from './slider.ts';

test('each step of the keyboard leads to another moment, from one end to the other and back', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1_700_000_000_123, max: 1_900_000_000_000 }),
      fc.constantFrom(24, 48, 36.5),
      (toMs, hours) => {
        const fromMs = toMs - hours * 3_600_000;
        for (let step = STEPS; step > 0; step--) {
          const at = momentOf(step - 1, fromMs, toMs);
          expect(stepAt(at, fromMs, toMs)).toBe(step - 1);
          expect(at >= fromMs && at < momentOf(step, fromMs, toMs)).toBe(true);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('a window of no length has one end', () => {
  expect(stepAt(5, 5, 5)).toBe(STEPS);
});
