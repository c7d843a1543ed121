import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJsonFile } from '@velolog/embedded/json-file';
import { killGroup, type ProcessId } from '@velolog/embedded/process-group';
import { afterAll, afterEach, expect, test } from 'vitest';

const velolog = fileURLToPath(new URL('../../bin/velolog.js', import.meta.url));
const { KAFKA_BROKERS, DATABASE_URL, READER_DATABASE_URL, ...env } = process.env;

const folder = mkdtempSync(join(tmpdir(), 'velolog-start-'));
// As root, PostgreSQL runs as another user and must be able to pass.
chmodSync(folder, 0o755);
const small = join(folder, 'small');
mkdirSync(small);
const mount = (size: string) => spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', small]);
/** Lazy: a process that was killed a moment ago may still have files there. */
const unmount = () => spawnSync('umount', ['--lazy', small]);
const canMount = mount('1m').status === 0;
if (canMount) unmount();

let demo: ChildProcess | undefined;
afterEach(async () => {
  demo?.kill('SIGINT');
  if (demo?.exitCode === null) await once(demo, 'exit');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts a demo. Its output grows in `said`. */
function start(home: string): { said: string[]; ended: Promise<number> } {
  mkdirSync(home);
  const child = spawn(process.execPath, [velolog, 'demo', '--home', home], {
    env: { ...env, DEMO_PAST_DAYS: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  demo = child;
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => said.push(String(part)));
  return { said, ended: once(child, 'exit').then(([code]) => code as number) };
}

test.runIf(canMount)('a disk without room for PostgreSQL is said in one line', async () => {
  mount('20m');
  try {
    const { said, ended } = start(join(small, 'home'));
    expect(await ended).toBe(1);
    expect(said.join('')).toMatch(
      /^velolog: Cannot create a PostgreSQL cluster in .*: no space is left on its disk$/m,
    );
  } finally {
    unmount();
  }
});

test('a PostgreSQL that ends while the rest is starting is started again, and the start goes on', async () => {
  const home = join(folder, 'killed');
  const { said } = start(home);
  const server = () => readJsonFile<ProcessId>(join(home, 'postgres', 'server.json'));
  const state = () => readJsonFile<{ database_url: string | null }>(join(home, 'state.json'));
  await expect.poll(() => state()?.database_url, { interval: 5 }).toMatch(/^postgres:/);
  killGroup(server() as ProcessId);
  await expect.poll(() => said.join('')).toContain('PostgreSQL ended; starting it again');
  await expect.poll(() => said.join('')).toContain('first stations after');
});
