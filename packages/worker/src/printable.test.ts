import { expect, test } from 'vitest';
import { printable, printableJson, printableLines } from './printable.ts';

const STEERING = '\u001b[31m \u009b \u007f \u202e \u2066 \u2028 \r \n \t \u0000';

test('control characters are written out', () => {
  expect(printable(STEERING)).toBe('\\x1B[31m \\x9B \\x7F \\u202E \\u2066 \\u2028 \\r \\n \\t \\x00');
  expect(printable('Grünerløkka 漢字 🚲 א\u200f')).toBe('Grünerløkka 漢字 🚲 א\u200f');
});

test('the lines of our own message stay lines', () => {
  expect(printableLines('a\u001bb\nc\rd')).toBe('a\\x1Bb\nc\\rd');
});

test('JSON contains no control characters, and means the same', () => {
  const text = printableJson([{ name: STEERING }]);
  expect(text).toMatch(/^[\x20-\x7e]+$/);
  expect(JSON.parse(text)).toEqual([{ name: STEERING }]);
});
