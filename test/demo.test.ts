import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { State } from '@velolog/cli/home/state';
import { checkKafkaTools } from '@velolog/embedded/kafka-jars';
import { killGroup, type ProcessId } from '@velolog/embedded/process-group';
import { afterAll, expect, test } from 'vitest';
import { processesOf } from './servers/processes-of.ts';

/** A start takes seconds; a machine busy with other work gets minutes. */
const PATIENCE_MS = 15 * 60_000;

const velolog = fileURLToPath(new URL('../packages/cli/bin/velolog.js', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'velolog-demo-'));
// As root, PostgreSQL runs as another user and must be able to pass.
chmodSync(home, 0o755);
// Its own servers, whatever those of the other tests are.
const { KAFKA_BROKERS, DATABASE_URL, READER_DATABASE_URL, ...env } = process.env;

type Demo = { process: ChildProcess; says: (text: RegExp) => Promise<string> };

function startDemo(more: NodeJS.ProcessEnv = {}): Demo {
  const child = spawn(process.execPath, [velolog, 'demo', '--home', home], {
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  const listeners = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.push(line);
    for (const tell of listeners) tell();
  });
  const says = (text: RegExp) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const look = () => {
      const line = said.find((one) => text.test(one));
      if (line !== undefined) resolve(line);
    };
    listeners.add(look);
    child.once('exit', () => reject(new Error(`The demo ended before it said ${text}:\n${said.join('\n')}`)));
    look();
    return promise;
  };
  return { process: child, says };
}

async function ask<Answer>(...args: string[]): Promise<Answer> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [velolog, ...args, '--home', home, '--json'],
    { env },
  );
  return JSON.parse(stdout) as Answer;
}

const serversLeft = () => processesOf(home).filter((id: ProcessId) => id.pid !== process.pid);

afterAll(() => {
  for (const id of serversLeft()) killGroup(id);
  rmSync(home, { recursive: true, force: true });
});

/** Why the embedded Kafka cannot run here; null when it can. */
function missingKafka(): string | null {
  try {
    checkKafkaTools();
    return null;
  } catch (error) {
    return (error as Error).message.split('\n')[0] ?? '';
  }
}

/** The first one; it goes on from test to test. */
let demo: Demo | undefined;

test(
  'a new demo gets a past in the background that joins up with its live city',
  async ({ skip }) => {
    const missing = missingKafka();
    if (missing !== null) skip(missing);
    demo = startDemo({ DEMO_PAST_DAYS: '1' });
    await demo.says(/first stations after [\d.]+ s: 250 in 1 system/);
    expect(await demo.says(/the city now has a simulated past/)).toMatch(
      / 288 polls of stations .* 96 of vehicles /,
    );
    const [joint] = await ask<[{ stations: number; mean: number; hours: number }]>(
      'sql',
      `select count(*)::int as stations, avg(abs(bikes_delta))::float as mean,
         (select extract(epoch from now() - min(from_at)) / 3600 from api.feed_coverage where feed = 'station_status')::float as hours
       from api.station_change_between(now() - interval '1 hour', now()) where gap_seconds > 0`,
    );
    expect(joint.hours).toBeGreaterThan(23.9);
    const [fleet] = await ask<[{ stays: number; hours: number }]>(
      'sql',
      `select count(*)::int as stays, (extract(epoch from now() - min(from_at)) / 3600)::float as hours
       from api.vehicle_stay_between(now() - interval '2 days', now())`,
    );
    expect(fleet.stays).toBeGreaterThan(500);
    expect(fleet.hours).toBeGreaterThan(23.9);
    // What riders do in five minutes; two cities that have nothing to do with each other differ by 8 at each station.
    expect(joint.stations).toBeLessThan(200);
    expect(joint.mean).toBeLessThan(4);
  },
  PATIENCE_MS,
);

test(
  'the demo survives the kill of its supervisor, loses nothing, and leaves no process when it is stopped',
  async ({ skip }) => {
    const missing = missingKafka();
    if (missing !== null) skip(missing);
    const first = demo ?? startDemo();
    await first.says(/first stations/);
    const state = await ask<State>('status');
    expect(state).toMatchObject({ running: true, mode: 'demo' });
    const workers = state.workers.map(({ name }) => name);
    expect(workers).toEqual(expect.arrayContaining(['ingest', 'simulator', 'store']));
    const before = await recorded();
    expect(before.stations).toHaveLength(250);

    process.kill(state.pids.supervisor ?? 0, 'SIGKILL');
    await once(first.process, 'exit');
    // The servers go on, the workers do not: two supervisors would poll twice.
    const pids = state.workers.map(({ pid }) => pid);
    await expect
      .poll(() => pids.filter((pid) => pid !== null && isAlive(pid)), { timeout: PATIENCE_MS, interval: 100 })
      .toEqual([]);
    expect(serversLeft()).not.toEqual([]);

    const second = startDemo();
    await second.says(/Kafka was still running/);
    await second.says(/first changes/);
    const after = await recorded();
    expect(after.stations).toEqual(before.stations);
    expect(after.polls).toBeGreaterThan(before.polls);

    second.process.kill('SIGINT');
    const [code] = await once(second.process, 'exit');
    expect(code).toBe(0);
    expect(serversLeft()).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  'an import where nothing runs starts what it needs, says one JSON value, and leaves nothing running',
  async ({ skip }) => {
    const missing = missingKafka();
    if (missing !== null) skip(missing);
    const file = join(home, 'history.ndjson');
    const poll = (minute: number, bikes: number) => ({
      fetched_at: new Date(Date.UTC(2024, 0, 1, 0, minute)),
      body: { data: { stations: [{ station_id: 'a', num_bikes_available: bikes, num_docks_available: 9 }] } },
    });
    writeFileSync(file, [poll(0, 1), poll(1, 2)].map((line) => JSON.stringify(line)).join('\n'));
    expect(await ask('import', '--system', 'imported', file)).toEqual({
      system_id: 'imported',
      feed: 'station_status',
      polls: 2,
      stations: 1,
      changes: 1,
      rejected: 0,
      skipped: 0,
    });
    expect(serversLeft()).toEqual([]);
  },
  PATIENCE_MS,
);

/** What must outlive every kill: when each station was first seen, and how often its feed was observed. */
async function recorded(): Promise<{ stations: unknown[]; polls: number }> {
  const stations = await ask<unknown[]>(
    'sql',
    'select station_id, first_observed_at from api.station order by station_id',
  );
  const [coverage] = await ask<[{ polls: number }]>(
    'sql',
    "select sum(polls)::int as polls from api.feed_coverage where feed = 'station_status' and outcome = 'observed'",
  );
  return { stations, polls: coverage.polls };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
