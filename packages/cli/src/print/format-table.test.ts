import { expect, test } from 'vitest';
import { formatTable } from './format-table.ts';
import { parserOf } from './sql-values.ts';

const BYTEA = 17;
const INT8 = 20;
const NUMERIC = 1700;
const TIMESTAMPTZ = 1184;

test('numbers stand to the right, and an absent value is not an empty one', () => {
  const table = formatTable(
    ['name', 'bikes'],
    [
      ['Bryggen', 7],
      ['', 12],
      [null, null],
    ],
  );
  expect(table.split('\n')).toEqual([
    'name    | bikes',
    '--------+------',
    'Bryggen |     7',
    '        |    12',
    'null    |  null',
    '(3 rows)',
  ]);
});

test('control characters are written out, in values, in JSON and in the names of columns', () => {
  const table = formatTable(['a\u001b[31m'], [['b\u202e\r'], [{ c: '\u009b' }]]);
  expect(table.split('\n').map((line) => line.trimEnd())).toEqual([
    'a\\x1B[31m',
    '------------',
    'b\\u202E\\r',
    '{"c":"\\x9B"}',
    '(2 rows)',
  ]);
});

test('a question without rows still shows its columns', () => {
  expect(formatTable(['name'], [])).toBe('name\n----\n(0 rows)');
});

test.each([
  [INT8, '42', 42],
  [INT8, '9223372036854775807', '9223372036854775807'],
  [NUMERIC, '1.50', 1.5],
  [NUMERIC, '0.1234567890123456789', '0.1234567890123456789'],
  [NUMERIC, 'NaN', 'NaN'],
  [TIMESTAMPTZ, '2026-11-23 04:51:29.5+00', '2026-11-23T04:51:29.5Z'],
  [TIMESTAMPTZ, 'infinity', 'infinity'],
  [BYTEA, '\\xdead', '\\xdead'],
])('a value of type %i written %s is %j', (oid, text, value) => {
  expect(parserOf(oid)(text)).toBe(value);
});
