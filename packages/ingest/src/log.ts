import type { Log as WorkerLog } from '@velolog/worker/log';

/** Ingest's log. It never receives a body, a header or the query of a URL. */
export type Log = Pick<WorkerLog, 'debug' | 'info' | 'warn' | 'error'>;

/** IDs for a log line: the IDs themselves if there are few, else their number. */
export function few(ids: string[]): string[] | number {
  return ids.length <= 20 ? ids : ids.length;
}
