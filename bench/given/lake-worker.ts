import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WORKER_ENVIRONMENT, WORKER_NODE_ARGUMENTS } from '@velolog/cli/supervisor/worker-process';
import { spawnGroup } from '@velolog/embedded/process-group';
import { openDatabase } from '@velolog/store/tables/database';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { usagesOf } from '../instruments/process-usage.ts';

/** What the worker has used: CPU and time on the clock in seconds, and the most memory that was resident at any time. */
export type LakeWritten = { cpuSeconds: number; seconds: number; residentMegabytes: number };

/** Writes all closed slices of a database with the lake worker as it is shipped, in a process of its own. Rolls up first, as the store would have. */
export async function writeWithLakeWorker(databaseUrl: string, dir: string): Promise<LakeWritten> {
  const pool = await openDatabase(databaseUrl, { connectionsMax: 2 });
  await rollUpAll(pool);
  await pool.end();
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
