import type { Log as WorkerLog } from '@velolog/worker/log';

/** What ingest logs to: never a body, a header or the query of a URL. */
export type Log = Pick<WorkerLog, 'debug' | 'info' | 'warn' | 'error'>;

/** Ids for a log line: the ids themselves while there are few, else how many there are. */
export function few(ids: string[]): string[] | number {
  return ids.length <= 20 ? ids : ids.length;
}
