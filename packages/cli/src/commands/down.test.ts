import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning, type ProcessId, processId } from '@velolog/embedded/process-group';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findHome, type Home, makeHome } from '../home/home.ts';
import { down } from './down.ts';

function newHome(): Home {
  const folder = mkdtempSync(join(tmpdir(), 'velolog-down-'));
  // As root, PostgreSQL runs as another user and must be able to pass.
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const home = findHome(join(folder, 'home'), {});
  makeHome(home);
  mkdirSync(home.kafka);
  mkdirSync(join(home.postgres, 'data'), { recursive: true });
  return home;
}

/** A process whose command line names these words. */
async function startStranger(...words: string[]): Promise<ProcessId> {
  const child = spawn(
    process.execPath,
    ['-e', 'console.log(1);setInterval(() => {}, 1000)', '--', ...words],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const id = processId(child.pid ?? 0);
  if (id === null) throw new Error('ended at once');
  return id;
}

test('down leaves alone a process that only names the folder of Kafka, PostgreSQL or the home in its command line', async () => {
  const home = newHome();
  const strangers = [
    await startStranger(join(home.kafka, 'kafka.log')),
    await startStranger(join(home.postgres, 'postgres.log')),
    await startStranger(home.path),
  ];
  await down(home, { json: false });
  expect(strangers.map(isRunning)).toEqual([true, true, true]);
});

test('down leaves alone a process that has the pid of a server that has ended', async () => {
  const home = newHome();
  const stranger = await startStranger(home.kafka);
  const former = { pid: stranger.pid, started: '1', port: 1, controllerPort: 2 };
  writeFileSync(join(home.kafka, 'server.json'), JSON.stringify(former));
  writeFileSync(join(home.postgres, 'server.json'), JSON.stringify(former));
  writeFileSync(join(home.postgres, 'data', 'postmaster.pid'), `${stranger.pid}\n${home.postgres}/data\n`);
  writeFileSync(home.supervisor, JSON.stringify(former));
  await down(home, { json: false });
  expect(isRunning(stranger)).toBe(true);
});

test('down ends the servers and the workers that a killed supervisor has written down', async () => {
  const home = newHome();
  const [kafka, postgres, worker] = [await startStranger(), await startStranger(), await startStranger()];
  writeFileSync(join(home.kafka, 'server.json'), JSON.stringify({ ...kafka, port: 1, controllerPort: 2 }));
  writeFileSync(join(home.postgres, 'server.json'), JSON.stringify({ ...postgres, port: 1 }));
  writeFileSync(home.state, JSON.stringify({ processes: [worker] }));
  await down(home, { json: false });
  expect([kafka, postgres, worker].map(isRunning)).toEqual([false, false, false]);
});

test('down --json prints one value, also when nothing runs', async () => {
  const home = newHome();
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  onTestFinished(() => log.mockRestore());
  await down(home, { json: true });
  await down(findHome(join(home.path, 'nowhere'), {}), { json: true });
  expect(log.mock.calls.map(([line]) => JSON.parse(line))).toEqual([
    { home: home.path, stopped: false },
    { home: join(home.path, 'nowhere'), stopped: false },
  ]);
});
