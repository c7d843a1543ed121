import type { Log as WorkerLog } from '@velolog/worker/log';

/** What ingest logs to: never a body, a header or the query of a URL. */
export type Log = Pick<WorkerLog, 'debug' | 'info' | 'warn' | 'error'>;
