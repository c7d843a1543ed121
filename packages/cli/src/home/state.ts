import { readJsonFile } from '@velolog/embedded/json-file';
import type { ProcessId } from '@velolog/embedded/process-group';
import type { Home } from './home.ts';
import { runningSupervisor } from './home-lock.ts';

export type Mode = 'demo' | 'start' | 'up' | 'import';

export type WorkerState = { name: string; pid: number | null; url: string; ready: boolean };

/** What `velolog status --json` prints and state.json keeps for the other commands. */
export type State = {
  running: boolean;
  home: string;
  mode: Mode | null;
  pids: Record<string, number>;
  ports: Record<string, number>;
  database_url: string | null;
  reader_database_url: string | null;
  brokers: string | null;
  /** Login of the embedded Kafka; null for an external Kafka. */
  kafka_login: { mechanism: 'plain'; username: string; password: string } | null;
  workers: WorkerState[];
};

/** state.json also lists the processes that a killed supervisor may have left behind. */
export type StoredState = State & { processes: ProcessId[] };

const READY_MS_MAX = 3000;

/** Reads state.json and checks whether it is still true: whether the supervisor runs and which workers are ready. */
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

/** Whether a worker's /readyz says that it is ready. The simulator has no /readyz, so any answer counts. */
export async function isReady(name: string, url: string): Promise<boolean> {
  const path = name === 'simulator' ? '/systems.json' : '/readyz';
  try {
    const { ok } = await fetch(new URL(path, url), { signal: AbortSignal.timeout(READY_MS_MAX) });
    return ok;
  } catch {
    return false;
  }
}
