import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bodyText } from './body-text.ts';
import type { Tally } from './tally.ts';

function read(bytes: Buffer, contentType: string | null = null): [string, Tally] {
  const coerced: Tally = {};
  return [bodyText(bytes, contentType, coerced), coerced];
}

const REPAIRED = { body_not_utf8: 1 };
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

test.each([
  ['UTF-8', Buffer.from('Aragó'), null, 'Aragó', {}],
  [
    'UTF-8 that is called ISO-8859-1, as servers do by default',
    Buffer.from('Aragó'),
    'application/json;charset=ISO-8859-1',
    'Aragó',
    {},
  ],
  ['ISO-8859-1 that says so', latin1('Aragó'), 'application/json; charset=ISO-8859-1', 'Aragó', REPAIRED],
  ['ISO-8859-1 that says nothing', latin1('Aragó'), 'application/json', 'Aragó', REPAIRED],
  ['ISO-8859-1 that is called UTF-8', latin1('Aragó'), 'application/json; charset=utf-8', 'Aragó', REPAIRED],
  ['windows-1252', Buffer.from([0x80, 0x96, 0x92]), null, '€–’', REPAIRED],
  [
    'ISO-8859-2 that says so',
    Buffer.from([0xa3, 0xf3, 0x64, 0xbc]),
    'text/json; charset="iso-8859-2"',
    'Łódź',
    REPAIRED,
  ],
  [
    'Shift_JIS that says so',
    Buffer.from([0x93, 0x8c, 0x8b, 0x9e]),
    'application/json; charset=Shift_JIS',
    '東京',
    REPAIRED,
  ],
  [
    'ISO-2022-JP that says so',
    Buffer.from('\x1b$BEl5~\x1b(B', 'latin1'),
    'application/json; charset=iso-2022-jp',
    '東京',
    REPAIRED,
  ],
  ['a charset nobody knows', latin1('Aragó'), 'application/json; charset=klingon', 'Aragó', REPAIRED],
  [
    'UTF-16 with a mark',
    Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('{"a":"ó"}', 'utf16le')]),
    null,
    '{"a":"ó"}',
    REPAIRED,
  ],
  [
    'UTF-16BE with a mark',
    Buffer.concat([Buffer.from([0xfe, 0xff]), utf16be('{"a":"ó"}')]),
    null,
    '{"a":"ó"}',
    REPAIRED,
  ],
  ['UTF-16 that says so', utf16be('{}'), 'application/json; charset=utf-16be', '{}', REPAIRED],
  [
    'one pasted letter among UTF-8',
    Buffer.concat([Buffer.from('Blåsenborg, '), latin1('Aragó'), Buffer.from(', 東京')]),
    null,
    'Blåsenborg, Aragó, 東京',
    REPAIRED,
  ],
  ['UTF-8 that is cut within a letter', Buffer.from('Aragó').subarray(0, 5), null, 'AragÃ', REPAIRED],
] as const)('%s is read, and counted where it is not UTF-8', (_, bytes, contentType, text, coerced) => {
  expect(read(bytes, contentType)).toEqual([text, coerced]);
});

test('no byte is lost: bodies that differ differ as text, and none contains U+FFFD', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (one, other) => {
      const [[a], [b]] = [read(Buffer.from(one)), read(Buffer.from(other))];
      const marked = [one, other].some(([first = 0]) => first >= 0xfe);
      fc.pre(!marked);
      expect(a.includes('\ufffd')).toBe(Buffer.from(one).includes(Buffer.from('\ufffd')));
      if (Buffer.compare(one, other) === 0) expect(a).toBe(b);
    }),
  );
});

test('letters of ISO-8859-1 in two ids tell them apart', () => {
  const letters = Array.from({ length: 96 }, (_, index) => read(Buffer.from([0xa0 + index]))[0]);
  expect(new Set(letters).size).toBe(96);
});

test('a long mix of encodings is decoded as windows-1252 as a whole, so that it delays nothing', () => {
  const mixed = (times: number) => read(Buffer.alloc(3 * times, Buffer.from([0xc3, 0xa9, 0xe9])))[0];
  expect(mixed(10_000)).toBe('éé'.repeat(10_000));
  expect(mixed(10_001)).toBe('Ã©é'.repeat(10_001));
});
