import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WORKER_ENVIRONMENT, WORKER_NODE_ARGUMENTS } from '@velolog/cli/supervisor/worker-process';
import { spawnGroup } from '@velolog/embedded/process-group';
import { openDatabase } from '@velolog/store/tables/database';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { readSlices } from '@velolog/worker/lake-manifest';
import { fillCatalogueDay } from './given/fill-catalogue-day.ts';
import { migrateWithReader } from './given/live-process.ts';
import { createBenchDatabase, type Servers } from './given/pipeline.ts';
import { requireDisk } from './instruments/free-disk.ts';
import { type Part, whole } from './instruments/measure.ts';
import { usagesOf } from './instruments/process-usage.ts';

const RESIDENT_MB_MAX = 400;
/** Rows, their log, hours and the lake: 230,000 stations take 10 GB. */
const DISK_BYTES_OF_STATION = 44_000;

/** The lake worker, as it runs beside the store, while it writes a day of the whole catalogue. */
export async function benchLakeDay(servers: Servers & { home: string }, stations: number): Promise<Part> {
  requireDisk(servers.home, stations * DISK_BYTES_OF_STATION, `A day of ${whole(stations)} stations`);
  const database = await createBenchDatabase(servers, 'bench_lake_day');
  await migrateWithReader(database);
  const { systems, rows } = await fillCatalogueDay(database, stations);
  const pool = await openDatabase(database, { connectionsMax: 2 });
  await rollUpAll(pool);
  await pool.end();
  const dir = join(servers.home, 'lake-day');
  const { cpuSeconds, seconds, residentMegabytes } = await writeWithWorker(database, dir);
  const slices = await readSlices(dir, 'station_status');
  const written = slices.reduce((sum, slice) => sum + slice.rows, 0);
  return {
    title: `A day of the whole catalogue into the lake: ${whole(systems)} systems, ${whole(stations)} stations, ${whole(rows)} rows`,
    measures: [
      {
        what: 'rows in the lake, of those in the database',
        measured: `${whole(written)} of ${whole(rows)}`,
        bar: 'all',
        met: written === rows,
      },
      {
        what: 'most memory of the lake worker',
        measured: `${residentMegabytes.toFixed(0)} MB`,
        bar: `${RESIDENT_MB_MAX} MB`,
        met: residentMegabytes < RESIDENT_MB_MAX,
      },
      {
        what: 'CPU of the lake worker, and time on the clock',
        measured: `${cpuSeconds.toFixed(0)} and ${seconds.toFixed(0)} s`,
      },
    ],
  };
}

type Written = { cpuSeconds: number; seconds: number; residentMegabytes: number };

async function writeWithWorker(databaseUrl: string, dir: string): Promise<Written> {
  const started = performance.now();
  const worker = spawnGroup(
    process.execPath,
    [...WORKER_NODE_ARGUMENTS, fileURLToPath(import.meta.resolve('@velolog/lake/main'))],
    {
      env: {
        ...process.env,
        ...WORKER_ENVIRONMENT,
        DATABASE_URL: databaseUrl,
        LAKE_DIR: dir,
        LOG_LEVEL: 'warn',
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const ended = once(worker, 'exit');
  try {
    const pid = worker.pid as number;
    while (!(await isWritten(dir))) {
      if (worker.exitCode !== null) throw new Error('The lake worker has ended: its log says why');
      await wait(500);
    }
    const { lake } = usagesOf({ lake: pid });
    return {
      cpuSeconds: lake.cpuSeconds,
      seconds: (performance.now() - started) / 1000,
      residentMegabytes: mostMegabytesOf(pid),
    };
  } finally {
    worker.kill('SIGTERM');
    await ended;
  }
}

/** A lake begins as one without tables. */
async function isWritten(dir: string): Promise<boolean> {
  if (!existsSync(join(dir, 'lake.json'))) return false;
  return Object.keys(JSON.parse(readFileSync(join(dir, 'lake.json'), 'utf8')).tables).length > 0;
}

/** The most that was resident at any time. Linux only, as all of /proc. */
function mostMegabytesOf(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
