import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isNoSpace, NO_SPACE } from './no-space.ts';

test.runIf(process.platform === 'linux')('a disk that is full is recognized by the error of Node', () => {
  let error: unknown;
  try {
    writeFileSync('/dev/full', 'x');
  } catch (thrown) {
    error = thrown;
  }
  expect(isNoSpace(error)).toBe(true);
  expect(isNoSpace(new Error('Cannot start', { cause: error }))).toBe(true);
});

test.each([
  [
    'FATAL:  could not extend file "base/1/2691": wrote only 4096 of 8192 bytes at block 5\nHINT:  Check free disk space.',
    true,
  ],
  ['PANIC:  could not write to file "pg_wal/xlogtemp.42": No space left on device', true],
  [`PostgreSQL does not start in /a: ${NO_SPACE}`, true],
  ['java.io.IOException: No space left on device', true],
  ['FATAL:  lock file "postmaster.pid" already exists', false],
])('and by the words of PostgreSQL and Java: %s', (text, expected) => {
  expect(isNoSpace(text)).toBe(expected);
  expect(isNoSpace(new Error(text))).toBe(expected);
});
