import { readJsonFile } from '@velolog/embedded/json-file';
import { endsWithin, isRunning, type ProcessId, stopProcess } from '@velolog/embedded/process-group';
import type { Home } from '../home/home.ts';
import type { StoredState } from '../home/state.ts';

/** Waits for workers of a killed supervisor to end by themselves, and stops those that do not: two pollers at once would be rude to the feeds. */
export async function endLeftWorkers(home: Home): Promise<void> {
  const left = readJsonFile<StoredState>(home.state)?.processes ?? [];
  for (const id of left.filter((process: ProcessId) => isRunning(process))) {
    if (!(await endsWithin(id, 2))) await stopProcess(id, 'SIGTERM', 10);
  }
}
