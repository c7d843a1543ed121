import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSimulator } from '@velolog/simulator/simulator';
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createTestDatabase } from './servers/test-database.ts';

const STATIONS = 40;

/** VELOLOG_BUN, else `bun` of the path; null where there is none. */
function findBun(): string | null {
  const command = process.env.VELOLOG_BUN || 'bun';
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return command;
  } catch {
    return null;
  }
}

function startWorker(bun: string, name: string, env: NodeJS.ProcessEnv): ChildProcess {
  const script = fileURLToPath(import.meta.resolve(`@velolog/${name}/main`));
  const child = spawn(bun, [script], {
    env: { ...process.env, HOST: '127.0.0.1', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

test('ingest and store run on Bun: the views show the feed, and SIGTERM ends them in order', async ({
  skip,
}) => {
  const bun = findBun();
  if (bun === null) return skip('no Bun here (VELOLOG_BUN names its program)');
  const database = await createTestDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'velolog-bun-'));
  await using simulator = await startSimulator({ stations: STATIONS });
  const reader = new pg.Client({ connectionString: database.readerUrl });
  await reader.connect();
  try {
    const SYSTEMS_FILE = join(folder, 'systems.json');
    writeFileSync(SYSTEMS_FILE, JSON.stringify(simulator.systemsFile()));
    const kafka = {
      KAFKA_BROKERS: inject('brokers'),
      KAFKA_GROUP_ID: `bun-${database.url.split('/').at(-1)}`,
    };
    const store = startWorker(bun, 'store', { ...kafka, DATABASE_URL: database.url });
    const ingest = startWorker(bun, 'ingest', { ...kafka, SYSTEMS_FILE, ALLOW_PRIVATE_FEEDS: '1' });
    const ended = Promise.race([once(store, 'exit'), once(ingest, 'exit')]).then(([code]) => {
      throw new Error(`a worker ended with ${code}`);
    });
    await Promise.race([ended, untilStations(reader, simulator.systems[0]?.system_id ?? '')]);
    ended.catch(() => {});
    for (const worker of [ingest, store]) {
      worker.kill('SIGTERM');
      const [code] = worker.exitCode === null ? await once(worker, 'exit') : [worker.exitCode];
      expect(code).toBe(0);
    }
  } finally {
    await reader.end();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  }
});

async function untilStations(reader: pg.Client, system_id: string): Promise<void> {
  const read = async () =>
    (
      await reader.query(
        'select count(name)::int as named from api.station_current where system_id = $1 and num_bikes_available is not null',
        [system_id],
      )
    ).rows[0].named;
  await expect.poll(read, { timeout: 280_000, interval: 200 }).toBe(STATIONS);
}
