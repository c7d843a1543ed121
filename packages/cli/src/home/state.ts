import { readJsonFile } from '@velolog/embedded/json-file';
import type { ProcessId } from '@velolog/embedded/process-group';
import type { Home } from './home.ts';
import { runningSupervisor } from './home-lock.ts';

export type Mode = 'demo' | 'start' | 'up' | 'import';

export type WorkerState = { name: string; pid: number | null; url: string; ready: boolean };

/** What `velolog status --json` prints, and state.json holds for the other commands. */
export type State = {
  running: boolean;
  home: string;
  mode: Mode | null;
  pids: Record<string, number>;
  ports: Record<string, number>;
  database_url: string | null;
  reader_database_url: string | null;
  brokers: string | null;
  /** How to log in to the embedded Kafka; null for another one. */
  kafka_login: { mechanism: 'plain'; username: string; password: string } | null;
  workers: WorkerState[];
};

/** The file also holds which processes a killed supervisor may have left. */
export type StoredState = State & { processes: ProcessId[] };

const READY_MS_MAX = 3000;

/** The state of a home as it is now: what is written down, and whether it is still true. */
export async function readState(home: Home): Promise<State> {
  const stored = runningSupervisor(home) && readJsonFile<StoredState>(home.state);
  if (!stored) return nothingRuns(home);
  const { processes, ...state } = stored;
  const workers = state.workers.map(async (worker) => ({
    ...worker,
    ready: await isReady(worker.name, worker.url),
  }));
  return { ...state, workers: await Promise.all(workers) };
}

export function nothingRuns(home: Home): State {
  return {
    running: false,
    home: home.path,
    mode: null,
    pids: {},
    ports: {},
    database_url: null,
    reader_database_url: null,
    brokers: null,
    kafka_login: null,
    workers: [],
  };
}

/** Whether a worker says that it is ready; the simulator, which has no /readyz, that it answers. */
export async function isReady(name: string, url: string): Promise<boolean> {
  const path = name === 'simulator' ? '/systems.json' : '/readyz';
  try {
    const { ok } = await fetch(new URL(path, url), { signal: AbortSignal.timeout(READY_MS_MAX) });
    return ok;
  } catch {
    return false;
  }
}
