import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readSystems as readFile } from '@velolog/ingest/sources/systems';
import { SystemsTable } from '@velolog/ingest/sources/topic';
import { createKafka, type KafkaSettings } from '@velolog/stream/kafka/client';
import { ensureSystemsTopic, readSystems, SYSTEMS_TOPIC } from '@velolog/stream/systems-topic';
import type { Home } from '../home/home.ts';
import type { State } from '../home/state.ts';
import { systemsFile } from './pipeline-workers.ts';

const ANSWER_MS_MAX = 3000;
const LOOK_INTERVAL_MS = 250;
/** Ingest applies changes of velolog.systems within seconds; this leaves a margin. */
const FOLLOWS_MS_MAX = 10_000;

/** The file that lists the system, so that the next start of ingest would record it; null when no file does. */
export async function fileThatNames(home: Home, { mode }: State, system: string): Promise<string | null> {
  const file =
    mode === 'demo'
      ? join(home.path, 'demo-systems.json')
      : systemsFile({ SYSTEMS_FILE: process.env.SYSTEMS_FILE });
  return (await readFile(file)).some(({ id }) => id === system) ? file : null;
}

/** Whether velolog.systems says that the system is recorded. */
export async function isRecorded(
  settings: KafkaSettings,
  system: string,
  signal: AbortSignal,
): Promise<boolean> {
  const kafka = createKafka(settings, { clientId: 'velolog-systems' });
  await ensureSystemsTopic(kafka, settings);
  const table = new SystemsTable();
  for (const record of await readSystems(kafka, SYSTEMS_TOPIC, signal)) table.note(record);
  return table.valueOf(system) !== null;
}

/**
 * The URL of this home's ingest worker if it still polls the system, after it had time to learn that the system is no longer recorded.
 * Null when it does not.
 */
export async function stillPolledBy(
  { workers }: State,
  system: string,
  signal: AbortSignal,
): Promise<string | null> {
  const ingest = workers.find(({ name }) => name === 'ingest')?.url;
  if (ingest === undefined) return null;
  for (const until = Date.now() + FOLLOWS_MS_MAX; await polls(ingest, system); ) {
    if (Date.now() > until) return ingest;
    await wait(LOOK_INTERVAL_MS, undefined, { signal });
  }
  return null;
}

async function polls(ingest: string, system: string): Promise<boolean> {
  const answer = await fetch(new URL('/metrics', ingest), { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  const label = `system="${system.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
  return (await answer.text()).split('\n').some((line) => line.startsWith('gbfs_') && line.includes(label));
}
