import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { processId } from '@velolog/embedded/process-group';
import pg from 'pg';
import { createTestFolder } from '../test/servers/test-folder.ts';
import { type Measure, type Part, whole } from './instruments/measure.ts';
import { usagesOf } from './instruments/process-usage.ts';

const COMMAND = fileURLToPath(new URL('../packages/cli/bin/velolog.js', import.meta.url));
const START_SECONDS_MAX = 300;
const STOP_SECONDS_MAX = 60;
/** Starting costs more CPU than running: 12 % of a core in the first 20 s, 10 in the next, 6 in the next, 5 from then on. */
const SETTLE_SECONDS = 60;
const MEGABYTES_MAX: Record<string, number> = { ingest: 150, store: 250, live: 150, kafka: 300 };

/** Runs `velolog demo` as a new user would: measures the seconds until stations can be read, then memory and CPU of its processes. */
export async function benchStack(seconds: number): Promise<Part> {
  const folder = createTestFolder([]);
  const home = join(folder, 'demo');
  const startedAt = performance.now();
  const demo = spawn(process.execPath, [COMMAND, 'demo', '--home', home], {
    // The demo's past is imported in the background and would be measured as well.
    env: { ...process.env, DEMO_PAST_DAYS: '0' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(demo, 'exit');
  process.once('exit', () => {
    // It stops its servers in order; nobody may remove their folder meanwhile.
    const isRunning = demo.kill('SIGINT');
    for (
      let waited = 0;
      isRunning && waited < STOP_SECONDS_MAX && processId(demo.pid ?? 0) !== null;
      waited++
    )
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    rmSync(folder, { recursive: true, force: true });
  });
  try {
    await untilStations(home, ended);
    const startSeconds = (performance.now() - startedAt) / 1000;
    await wait(SETTLE_SECONDS * 1000);
    // The simulator replaces the publishers' servers, so it is not part of the stack.
    const { simulator: _, ...pids } = readState(home).pids;
    const before = usagesOf(pids);
    await wait(seconds * 1000);
    const after = usagesOf(pids);
    const names = Object.keys(after);
    const cpuOf = (name: string) =>
      ((after[name]?.cpuSeconds ?? 0) - (before[name]?.cpuSeconds ?? 0)) / seconds;
    const cpu = names.reduce((sum, name) => sum + cpuOf(name), 0);
    const measures: Measure[] = [
      {
        what: 'demo until the first stations can be read',
        measured: `${startSeconds.toFixed(1)} s`,
        bar: 'at most 8 s',
        met: startSeconds <= 8,
      },
      {
        what: 'CPU of the stack on one system',
        measured: `${(100 * cpu).toFixed(1)} % of a core`,
        bar: 'at most 5 %',
        met: cpu <= 0.05,
      },
      ...names.map((name) => ({
        what: `  ${name}`,
        measured: `${(100 * cpuOf(name)).toFixed(1)} %, ${whole(after[name]?.residentMegabytes ?? 0)} MB`,
        ...memoryBar(name, after[name]?.residentMegabytes ?? 0),
      })),
    ];
    return {
      title: `The demo on this machine, after ${SETTLE_SECONDS + seconds} s (memory: resident set)`,
      measures,
    };
  } finally {
    demo.kill('SIGINT');
    await ended;
  }
}

export function memoryBar(name: string, megabytes: number): Pick<Measure, 'bar' | 'met'> {
  const most = MEGABYTES_MAX[name];
  return most === undefined ? {} : { bar: `at most ${most} MB`, met: megabytes <= most };
}

type State = { pids: Record<string, number>; reader_database_url: string | null };

function readState(home: string): State {
  return JSON.parse(readFileSync(join(home, 'state.json'), 'utf8'));
}

async function untilStations(home: string, ended: Promise<unknown>): Promise<void> {
  const exited = ended.then(() => Promise.reject(new Error('velolog demo ended by itself')));
  exited.catch(() => {});
  const until = performance.now() + START_SECONDS_MAX * 1000;
  while (performance.now() < until) {
    if (await hasStations(home).catch(() => false)) return;
    await Promise.race([wait(50), exited]);
  }
  throw new Error(`velolog demo showed no stations within ${START_SECONDS_MAX} s`);
}

async function hasStations(home: string): Promise<boolean> {
  const url = readState(home).reader_database_url;
  if (url === null) return false;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query('select from api.station_current limit 1')).rowCount === 1;
  } finally {
    await client.end();
  }
}
