import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRunning, processId } from '@velolog/embedded/process-group';
import { expect, onTestFinished, test } from 'vitest';
import { findHome, type Home } from './home.ts';
import { releaseLock, runningSupervisor, takeLock } from './home-lock.ts';

/** Takes and releases the lock when told to by its parent, at the very time it is told. */
const RIVAL = fileURLToPath(new URL('./test-lock-rival.ts', import.meta.url));

function newHome(): Home {
  const folder = mkdtempSync(join(tmpdir(), 'velolog-home-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return findHome(join(folder, 'home'), {});
}

function startRival(home: Home): ChildProcess {
  const rival = fork(RIVAL, [home.path], { execArgv: [] });
  onTestFinished(() => void rival.kill('SIGKILL'));
  return rival;
}

async function tell(rival: ChildProcess, order: object): Promise<unknown> {
  const answer = once(rival, 'message');
  rival.send(order);
  return (await answer)[0];
}

test('a second supervisor on the same home gets a message about the first', async () => {
  const home = newHome();
  takeLock(home);
  expect(await tell(startRival(home), { take: Date.now() })).toMatch(
    new RegExp(`already runs on .* \\(pid ${process.pid}\\)`),
  );
  releaseLock(home);
  expect(runningSupervisor(home)).toBeNull();
  takeLock(home);
});

test('the lock of a supervisor that was killed is taken over', async () => {
  const home = newHome();
  const rival = startRival(home);
  expect(await tell(rival, { take: Date.now() })).toBe('taken');
  expect(runningSupervisor(home)?.pid).toBe(rival.pid);
  rival.kill('SIGKILL');
  await once(rival, 'exit');
  expect(runningSupervisor(home)).toBeNull();
  takeLock(home);
  const holder = runningSupervisor(home);
  expect(holder?.pid).toBe(process.pid);
  expect(holder !== null && isRunning(holder)).toBe(true);
});

test('a supervisor of before the lock of the system is respected while it runs', async () => {
  const home = newHome();
  takeLock(home);
  releaseLock(home);
  const other = startRival(newHome());
  await tell(other, { take: Date.now() });
  writeFileSync(home.supervisor, JSON.stringify(processId(other.pid ?? 0)));
  expect(() => takeLock(home)).toThrow(new RegExp(`already runs on .* \\(pid ${other.pid}\\)`));
  // A pid that lives, but another process than the one that wrote it down.
  writeFileSync(home.supervisor, JSON.stringify({ ...processId(other.pid ?? 0), started: '1' }));
  takeLock(home);
});

test('a record that a kill cut short does not stand in the way', () => {
  const home = newHome();
  takeLock(home);
  releaseLock(home);
  writeFileSync(home.supervisor, '');
  takeLock(home);
  expect(runningSupervisor(home)?.pid).toBe(process.pid);
});

test('a rival that only checks the lock for a moment does not keep others from it', async () => {
  const home = newHome();
  takeLock(home);
  releaseLock(home);
  const rival = startRival(home);
  for (let trial = 1; trial <= 5; trial++) {
    expect(await tell(rival, { lookForMs: 20 })).toBe('looking');
    takeLock(home);
    releaseLock(home);
  }
});

/** `npm run test:lock` tries many more. */
const TRIALS = Number(process.env.LOCK_TRIALS ?? 100);

test(`of two supervisors that start at the same time after a killed one, exactly one gets the lock, ${TRIALS} times`, async () => {
  const home = newHome();
  const rivals = [startRival(home), startRival(home)];
  takeLock(home);
  releaseLock(home);
  for (let trial = 1; trial <= TRIALS; trial++) {
    // A pid that lives, but is not the process that wrote the record: what a killed supervisor leaves when its pid is used again.
    writeFileSync(home.supervisor, JSON.stringify({ ...processId(process.pid), started: '1' }));
    const at = Date.now() + 1;
    const answers = await Promise.all(rivals.map((rival) => tell(rival, { take: at })));
    expect(
      answers.filter((answer) => answer === 'taken'),
      `trial ${trial}: ${answers}`,
    ).toHaveLength(1);
    await Promise.all(rivals.map((rival) => tell(rival, { release: true })));
  }
}, 600_000);
