import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findHome, makeHome, releaseLock, runningSupervisor, takeLock } from './home.ts';
import { isRunning, processId } from './process-group.ts';

function newHome() {
  const folder = mkdtempSync(join(tmpdir(), 'velolog-home-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return findHome(join(folder, 'home'), {});
}

test('--home wins over VELOLOG_HOME, and .velolog here is what there is without either', () => {
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

test('a second supervisor on the same home is told of the first', () => {
  const home = newHome();
  takeLock(home);
  expect(() => takeLock(home)).toThrow(/already runs on .* \(pid \d+\)/);
  releaseLock(home);
  expect(runningSupervisor(home)).toBeNull();
  takeLock(home);
});

test('the lock of a supervisor that was killed is taken over', () => {
  const home = newHome();
  takeLock(home);
  // The pid lives, but it is not the process that wrote the lock.
  writeFileSync(home.lock, JSON.stringify({ ...processId(process.pid), started: '1' }));
  expect(runningSupervisor(home)).toBeNull();
  takeLock(home);
  const holder = runningSupervisor(home);
  expect(holder !== null && isRunning(holder)).toBe(true);
});

test('a lock that a kill cut short is no lock', () => {
  const home = newHome();
  takeLock(home);
  writeFileSync(home.lock, '');
  takeLock(home);
  expect(existsSync(home.lock)).toBe(true);
});
