import { expect, test } from 'vitest';
import { asObjects } from './as-objects.ts';
import { parserOf } from './sql-values.ts';

const FLOAT8 = 701;

test('columns of one name lose no value', () => {
  expect(asObjects(['a', 'a', 'a_2', 'a'], [[1, 2, 3, 4]])).toEqual([{ a: 1, a_2: 2, a_2_2: 3, a_3: 4 }]);
});

test('what JSON has no number for stays text, and does not become null', () => {
  const parse = parserOf(FLOAT8);
  expect(['1.5', '-0.25', '1e+30', 'NaN', '-Infinity'].map(parse)).toEqual([
    1.5,
    -0.25,
    1e30,
    'NaN',
    '-Infinity',
  ]);
});
