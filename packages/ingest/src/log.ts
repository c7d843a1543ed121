import type { Logger } from '@velolog/worker/logger';

/** What ingest logs to: objects with an `event`, never a body, a header or the query of a URL. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
