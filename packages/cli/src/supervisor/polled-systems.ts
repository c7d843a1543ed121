import { join } from 'node:path';
import { readSystems } from '@velolog/ingest/sources/systems';
import type { Home } from '../home/home.ts';
import type { State } from '../home/state.ts';
import { systemsFile } from './pipeline-workers.ts';

const ANSWER_MS_MAX = 3000;

/** Where a system is polled from. */
export type PolledBy = { file: string | null; ingest: string | null };

/**
 * The file that names the system, and the URL of the ingest worker of this home that polls it: one that runs goes on with what it read
 * at its start.
 * @throws InvalidSettings when the file cannot be read: then nobody knows
 */
export async function polledBy(home: Home, state: State, system: string): Promise<PolledBy> {
  const file =
    state.mode === 'demo'
      ? join(home.path, 'demo-systems.json')
      : systemsFile({ SYSTEMS_FILE: process.env.SYSTEMS_FILE });
  const isNamed = (await readSystems(file)).some(({ id }) => id === system);
  const ingest = state.workers.find(({ name }) => name === 'ingest')?.url ?? null;
  const isPolled = ingest !== null && (await polls(ingest, system));
  return { file: isNamed ? file : null, ingest: isPolled ? ingest : null };
}

async function polls(ingest: string, system: string): Promise<boolean> {
  const answer = await fetch(new URL('/metrics', ingest), { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  const label = `system="${system.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
  return (await answer.text()).split('\n').some((line) => line.startsWith('gbfs_') && line.includes(label));
}
