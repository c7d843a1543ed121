import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { leftKafka } from '@velolog/embedded/embedded-kafka';
import { leftPostgres } from '@velolog/embedded/embedded-postgres';
import { readJsonFile } from '@velolog/embedded/json-file';
import {
  endsWithin,
  isRunning,
  type ProcessId,
  sendSignal,
  stopProcess,
} from '@velolog/embedded/process-group';
import { UserError } from '@velolog/worker/user-error';
import type { Home } from '../home/home.ts';
import { releaseLock, runningSupervisor, takeLock } from '../home/home-lock.ts';
import type { StoredState } from '../home/state.ts';

/** By its own rules the supervisor stops within 10 s, but a busy machine may take longer. */
const STOP_SECONDS_MAX = 60;
/** A supervisor writes its pid to the home right after it takes the lock. */
const NAME_WAIT_MS = 2_000;

/** Stops the pipeline in order. If its supervisor was killed, stops the processes that it left behind, and no others. */
export async function down(home: Home, { json }: { json: boolean }): Promise<void> {
  const { stopped, message } = await stopAll(home);
  console.log(json ? JSON.stringify({ home: home.path, stopped }) : message);
}

/** `stopped` says whether there was something to stop. */
async function stopAll(home: Home): Promise<{ stopped: boolean; message: string }> {
  const nothing = { stopped: false, message: `Nothing is running in ${home.path}` };
  if (!existsSync(home.path)) return nothing;
  const supervisor = await supervisorOrLock(home);
  if (supervisor !== null) {
    sendSignal(supervisor, 'SIGTERM');
    if (!(await endsWithin(supervisor, STOP_SECONDS_MAX))) {
      throw new UserError(
        `The supervisor (pid ${supervisor.pid}) has not stopped within ${STOP_SECONDS_MAX} s; see ${home.logs}`,
      );
    }
    return { stopped: true, message: `Stopped; all data stays in ${home.path}` };
  }
  try {
    if ((await stopLeft(home)) === 0) return nothing;
    return {
      stopped: true,
      message: `Stopped the servers that a killed supervisor had left on ${home.path}`,
    };
  } finally {
    releaseLock(home);
  }
}

/** The supervisor of the home. Null when there is none; then none can start either, because this process holds the lock. */
async function supervisorOrLock(home: Home): Promise<ProcessId | null> {
  for (const until = Date.now() + NAME_WAIT_MS; ; ) {
    const supervisor = runningSupervisor(home);
    if (supervisor !== null) return supervisor;
    try {
      takeLock(home);
      return null;
    } catch (error) {
      if (Date.now() > until) throw error;
    }
    await wait(20);
  }
}

/** Workers end with their supervisor, unless they hang. Kafka and PostgreSQL keep running, so that the next start can adopt them. */
async function stopLeft(home: Home): Promise<number> {
  const workers = readJsonFile<StoredState>(home.state)?.processes ?? [];
  const kafka = leftKafka(home.kafka);
  const postgres = leftPostgres(home.postgres);
  for (const worker of workers) if (isRunning(worker)) await stopProcess(worker, 'SIGTERM', 10);
  if (kafka !== null) await stopProcess(kafka, 'SIGTERM', 8);
  if (postgres !== null) await stopProcess(postgres, 'SIGINT', 8);
  return [kafka, postgres].filter((server) => server !== null).length;
}
