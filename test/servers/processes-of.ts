import { readdirSync } from 'node:fs';
import { commandLine, type ProcessId, processId } from '@velolog/embedded/process-group';

/**
 * The processes whose command line contains this folder, which a test created for itself. Linux only: elsewhere the list is
 * empty.
 */
export function processesOf(folder: string): ProcessId[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((entry) => commandLine(Number(entry)).includes(folder))
    .map((entry) => processId(Number(entry)))
    .filter((id) => id !== null);
}
