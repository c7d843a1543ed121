import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJsonFile, writeJsonFile } from '@velolog/embedded/json-file';
import { isRunning, type ProcessId, processId, stopProcess } from '@velolog/embedded/process-group';
import { processesOf } from './processes-of.ts';

const PREFIX = 'velolog-test-';

/** A folder for the servers of this run. It names its owner, so that a later run can clean up after a killed one. */
export function createTestFolder(stops: (() => Promise<void>)[]): string {
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
