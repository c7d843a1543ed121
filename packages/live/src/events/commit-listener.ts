import { COMMITS_CHANNEL } from '@velolog/worker/commits-channel';
import { forever } from '@velolog/worker/forever';
import type { LogLine } from '@velolog/worker/log';
import pg from 'pg';
import { connectionSettings } from '../database/reader.ts';

const RETRY_SECONDS = 2;

export type CommitListener = {
  /** False while there is no connection: then nothing is reported. */
  readonly listening: boolean;
  /** Resolves when the connection is closed, which happens by itself when the signal aborts. */
  done: Promise<void>;
};

/**
 * Listens for commits on a separate connection, and reconnects forever.
 * @param onCommit gets the systems that were written to; null when it may be any, for example because notifications
 * were missed
 */
export function listenForCommits(
  databaseUrl: string,
  options: {
    onCommit: (systemIds: string[] | null) => void;
    log: (line: LogLine) => void;
    signal: AbortSignal;
  },
): CommitListener {
  const state = { listening: false };
  const done = listenForever(databaseUrl, state, options);
  return {
    get listening() {
      return state.listening;
    },
    done,
  };
}

async function listenForever(
  databaseUrl: string,
  state: { listening: boolean },
  options: Parameters<typeof listenForCommits>[1],
): Promise<void> {
  const { signal } = options;
  let reported = false;
  // An unavailable database is logged once, not every two seconds.
  const warn = (line: LogLine) => {
    if (!reported) options.log({ ...line, event: 'not_listening' });
    reported = true;
  };
  const listen = async () => {
    try {
      await listenOnce(databaseUrl, options, () => {
        state.listening = true;
        reported = false;
      });
    } finally {
      state.listening = false;
    }
  };
  await forever(RETRY_SECONDS, listen, { what: 'listen for commits', signal, log: { warn } });
}

/** Listens until the connection ends. */
async function listenOnce(
  databaseUrl: string,
  { onCommit, signal }: Parameters<typeof listenForCommits>[1],
  onListening: () => void,
): Promise<void> {
  const client = new pg.Client({ ...connectionSettings(databaseUrl), connectionTimeoutMillis: 5_000 });
  const ended = Promise.withResolvers<void>();
  client.on('error', ended.reject);
  client.on('end', ended.resolve);
  ended.promise.catch(() => {});
  const stop = () => void client.end().catch(() => {});
  try {
    await client.connect();
    client.on('notification', ({ payload }) => onCommit(systemsOf(payload)));
    await client.query(`listen ${COMMITS_CHANNEL}`);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    onListening();
    // What was committed before is news, too.
    onCommit(null);
    await ended.promise;
  } finally {
    signal.removeEventListener('abort', stop);
    await client.end().catch(() => {});
  }
}

function systemsOf(payload: string | undefined): string[] | null {
  if (!payload) return null;
  try {
    const systems: unknown = JSON.parse(payload);
    return Array.isArray(systems) ? systems.map(String) : null;
  } catch {
    return null;
  }
}
