import { join } from 'node:path';
import { readJsonFile, writeJsonFile } from '@velolog/embedded/json-file';
import type { Home } from '../home/home.ts';

/** The simulated run that a demo continues each time it starts on this home. */
export type DemoRun = {
  started_at: string;
  /** When the demo first started. The time before that is its past, which is imported. Absent when the demo has no past. */
  past_until?: string;
  /** Whether all of the past has been stored. */
  past_imported?: boolean;
};

const DAY_MS = 86_400_000;

/** @param pastDays used only when the demo starts for the first time on this home */
export function demoRun(home: Home, pastDays: number): DemoRun {
  const known = readJsonFile<DemoRun>(pathOf(home));
  if (known !== null) return known;
  const now = Date.now();
  const run: DemoRun = { started_at: new Date(now - pastDays * DAY_MS).toISOString() };
  if (pastDays > 0) run.past_until = new Date(now).toISOString();
  writeJsonFile(pathOf(home), run);
  return run;
}

export function hasPastToImport(home: Home): boolean {
  const run = readJsonFile<DemoRun>(pathOf(home));
  return run?.past_until !== undefined && !run.past_imported;
}

export function markPastImported(home: Home): void {
  const run = readJsonFile<DemoRun>(pathOf(home));
  if (run !== null) writeJsonFile(pathOf(home), { ...run, past_imported: true });
}

function pathOf(home: Home): string {
  return join(home.path, 'demo.json');
}
