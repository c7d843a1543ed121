import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchProgress } from '@velolog/cli/supervisor/fetch-progress';
import { startEmbeddedKafka } from '@velolog/embedded/embedded-kafka';
import { startEmbeddedPostgres } from '@velolog/embedded/embedded-postgres';
import { readJsonFile, writeJsonFile } from '@velolog/embedded/json-file';
import { isRunning, type ProcessId, processId, stopProcess } from '@velolog/embedded/process-group';
import { postgresOfMajor } from './postgres-major.ts';
import { processesOf } from './processes-of.ts';

type Stop = () => Promise<void>;

const PREFIX = 'velolog-test-';

/** A folder for the servers of this run. It names its owner, so that a later run can clean up after a killed one. */
export function createTestFolder(stops: Stop[]): string {
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  // When run as root, PostgreSQL runs as another user, who must be able to enter the folder.
  chmodSync(folder, 0o755);
  writeJsonFile(join(folder, 'owner.json'), processId(process.pid));
  stops.push(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Ends servers that killed test runs left behind, and removes their folders. */
export async function stopLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name);
    const owner = readJsonFile<ProcessId>(join(folder, 'owner.json'));
    if (owner === null || isRunning(owner)) continue;
    for (const left of processesOf(folder)) await stopProcess(left, 'SIGTERM', 5);
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function startTestPostgres(folder: string, stops: Stop[]): Promise<string> {
  const directory = join(folder, 'postgres');
  mkdirSync(directory);
  const settings = {
    // The cluster is discarded after the run, so losing data in a power cut does not matter, and each commit is faster.
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '200',
  };
  const packageFolder = postgresOfMajor(process.env.VELOLOG_TEST_POSTGRES, process.env);
  const server = await startEmbeddedPostgres({ directory, settings, packageFolder });
  stops.push(() => server.stop());
  return server.url;
}

export async function startTestKafka(folder: string, stops: Stop[]): Promise<string> {
  const server = await startEmbeddedKafka({
    directory: join(folder, 'kafka'),
    // Where Kafka starts for the first time, every test would wait for the archive; the test of the demo makes it beside the others.
    makesArchive: false,
    progress: fetchProgress(),
  });
  stops.push(async () => server.kill());
  return server.brokers.join(',');
}
