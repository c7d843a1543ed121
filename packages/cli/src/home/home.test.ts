import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findHome, makeHome } from './home.ts';

test('--home wins over VELOLOG_HOME, and without both it is .velolog in this folder', () => {
  expect(findHome('/a', { VELOLOG_HOME: '/b' }).path).toBe('/a');
  expect(findHome(undefined, { VELOLOG_HOME: '/b' }).path).toBe('/b');
  expect(findHome(undefined, {}).path).toBe(join(process.cwd(), '.velolog'));
});

test.each([
  ['below a file', join(import.meta.filename, 'home')],
  // Linux; elsewhere there is no /proc, and a plain user may not make it.
  ...(existsSync('/proc/self') ? [['where no folder can be made', '/proc/velolog/home']] : []),
])('a home %s is refused with what to do', (_, path) => {
  expect(() => makeHome(findHome(path, {}))).toThrow(/^Cannot use .*home: .*; choose another --home$/);
});
