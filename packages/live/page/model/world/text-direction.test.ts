import { expect, test } from 'vitest';
import { directionOf } from './text-direction.ts';

test.each([
  ['Oslo Bysykkel', 'ltr'],
  ['ميدان التحرير', 'rtl'],
  ['12 – כיכר רבין (North)', 'rtl'],
  ['North (כיכר רבין)', 'ltr'],
  ['東京', 'ltr'],
  ['42 🚲', 'ltr'],
  ['', 'ltr'],
])('%j runs as its first letter does', (text, direction) => {
  expect(directionOf(text)).toBe(direction);
});
