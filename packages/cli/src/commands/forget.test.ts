import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { hasCommand } from '../../../../test/servers/has-command.ts';
import type { State } from '../home/state.ts';

// One pipeline of the command itself for all tests here, as people have it: the exit codes of `import` and what `forget` says.
const velolog = fileURLToPath(new URL('../../bin/velolog.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'velolog-commands-'));
const home = join(folder, 'home');
const systems = join(folder, 'systems.json');

type Ended = { code: number | null; stdout: string; stderr: string };

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [velolog, ...args, '--home', home], {
    env: { ...process.env, SYSTEMS_FILE: systems, ALLOW_PRIVATE_FEEDS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function ended(child: ChildProcess): Promise<Ended> {
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    once(child, 'exit'),
  ]);
  return { code: code as number | null, stdout, stderr };
}

const run = (...args: string[]): Promise<Ended> => ended(start(...args));

/** A feed that answers, so that ingest has something to poll. */
const feeds = createServer((request, response) => {
  const { address, port } = feeds.address() as { address: string; port: number };
  const name = request.url?.slice(1) ?? '';
  const url = `http://${address}:${port}/station_status`;
  response.end(
    JSON.stringify(
      name === 'station_status'
        ? { ttl: 0, data: { stations: [{ station_id: 's', num_bikes_available: 1 }] } }
        : { ttl: 0, data: { en: { feeds: [{ name: 'station_status', url }] } } },
    ),
  );
});

function writeSystems(...ids: string[]): void {
  const { port } = feeds.address() as { port: number };
  const list = ids.map((id) => ({ id, discovery_url: `http://127.0.0.1:${port}/gbfs` }));
  writeFileSync(systems, JSON.stringify({ systems: list }));
}

function historyFile(name: string, times: string[]): string {
  const path = join(folder, name);
  const body = JSON.stringify({ data: { stations: [{ station_id: 'a', num_bikes_available: 2 }] } });
  writeFileSync(path, times.map((fetched_at) => `${JSON.stringify({ fetched_at, body })}\n`).join(''));
  return path;
}

beforeAll(async () => {
  chmodSync(folder, 0o755);
  feeds.listen(0, '127.0.0.1');
  await once(feeds, 'listening');
  writeSystems('polled');
  const { code, stderr } = await run('up');
  expect(code, stderr).toBe(0);
});

afterAll(async () => {
  await run('down');
  feeds.close();
  rmSync(folder, { recursive: true, force: true });
});

async function state(): Promise<State> {
  return JSON.parse((await run('status', '--json')).stdout);
}

async function systemIds(): Promise<string[]> {
  const { stdout } = await run('sql', '--json', 'select system_id from api.system order by 1');
  return JSON.parse(stdout).map(({ system_id }: { system_id: string }) => system_id);
}

test('a mistyped system is forgotten, asked first, and comes back by an import only', async () => {
  const file = historyFile('good.ndjson', ['2024-05-01T00:00:00Z', '2024-05-01T00:01:00Z']);
  expect((await run('import', '--system', 'typo', file)).code).toBe(0);
  const refused = await run('forget', '--system', 'typo');
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('add --yes') });
  expect(await systemIds()).toContain('typo');
  const { code, stdout, stderr } = await run('forget', '--system', 'typo', '--yes', '--json');
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ system_id: 'typo', stations: 1, rows: 1 });
  expect(await systemIds()).not.toContain('typo');
  const again = await run('forget', '--system', 'typo', '--yes');
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no system "typo"') });
  expect((await run('import', '--system', 'typo', file)).code).toBe(0);
  expect(await systemIds()).toContain('typo');
});

const hasScript = process.platform === 'linux' && hasCommand('script');

test.runIf(hasScript)(
  'on a terminal forget asks, and takes no for an answer',
  async () => {
    await run('import', '--system', 'asked', historyFile('asked.ndjson', ['2024-05-01T00:00:00Z']));
    const ask = async (answer: string): Promise<{ said: string; code: unknown }> => {
      const command = `"${process.execPath}" "${velolog}" forget --system asked --home "${home}"`;
      const child = spawn('script', ['-qec', command, '/dev/null'], {
        env: { ...process.env, SYSTEMS_FILE: systems },
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      let said = '';
      child.stdout.on('data', (part) => {
        // Behind the question come sequences that move the cursor.
        const isAsked = said.includes('(yes/no)');
        said += part;
        if (!isAsked && said.includes('(yes/no)')) child.stdin.write(`${answer}\n`);
      });
      const [code] = await once(child, 'close');
      return { said, code };
    };
    const no = await ask('no');
    expect(no.said).toMatch(/asked: 1 station, 1 row of station_status, observed on 2024-05-01/);
    expect(no).toMatchObject({ code: 1, said: expect.stringContaining('Nothing was removed') });
    expect(await systemIds()).toContain('asked');
    expect(await ask('yes')).toMatchObject({ code: 0, said: expect.stringContaining('Forgot asked') });
    expect(await systemIds()).not.toContain('asked');
  },
  60_000,
);

test('a system that is recorded is refused until it is neither in systems.json nor in the topic, and then goes at once', async () => {
  const named = await run('forget', '--system', 'polled', '--yes');
  const first = `First take it out of ${systems} and run \`npx velolog systems remove polled --home ${home}\`; then forget it`;
  expect(named).toMatchObject({ code: 1, stderr: expect.stringContaining(first) });
  writeSystems('another');
  const listed = await run('forget', '--system', 'polled', '--yes');
  expect(listed).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('First run `npx velolog systems'),
  });
  expect(await systemIds()).toContain('polled');
  expect((await run('systems', 'remove', 'polled')).code).toBe(0);
  const { code, stderr } = await run('forget', '--system', 'polled', '--yes');
  expect(code, stderr).toBe(0);
  expect(await systemIds()).not.toContain('polled');
  // Nothing that was under way brings it back.
  const { workers } = await state();
  const ingest = workers.find(({ name }) => name === 'ingest')?.url;
  const metrics = await (await fetch(`${ingest}/metrics`)).text();
  expect(metrics).not.toContain('system="polled"');
  writeSystems('polled');
});

test('an import of which nothing came in exits 1 and says why', async () => {
  const file = historyFile('future.ndjson', ['2001-01-01T00:00:00Z', '2099-01-01T00:00:00Z']);
  const { code, stdout, stderr } = await run('import', '--system', 'odd', '--json', file);
  expect(code, stderr).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ polls: 2, rejected: 2 });
  expect(stderr).toMatch(/Nothing was imported: .*1 fetched_in_future/);
  expect(stderr).toMatch(/1 fetched_before_gbfs/);
});

test('an import stopped before it is done exits 143', async () => {
  const { pids } = await state();
  const store = pids.store as number;
  // Nothing is stored: the import waits.
  process.kill(store, 'SIGSTOP');
  onTestFinished(() => void process.kill(store, 'SIGCONT'));
  const child = start(
    'import',
    '--system',
    'stopped',
    historyFile('stopped.ndjson', ['2024-05-01T00:00:00Z']),
  );
  const end = ended(child);
  const told = Promise.withResolvers<void>();
  child.stderr?.on('data', (part) => String(part).includes('has not stored anything') && told.resolve());
  await Promise.race([told.promise, end]);
  child.kill('SIGTERM');
  expect(await end).toMatchObject({
    code: 143,
    stderr: expect.stringContaining('before the command was done'),
  });
});
