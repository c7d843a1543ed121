import { causesOf, isOurMistake, messageOf } from './describe-error.ts';
import { checkLogLevel, createLogger, type Logger } from './logger.ts';
import { InvalidSettings } from './settings.ts';
import { stopSignal } from './stop-signal.ts';

const STOP_LIMIT_MS = 10_000;

/**
 * Runs every worker's main function: `start` runs until the signal aborts and everything is closed, then the process exits.
 * Exit codes: 0 done; 1 failed, or not stopped within 10 s; 2 wrong settings, or an error with `exitCode` 2.
 * An error that can happen to a user is one log line; only our own bugs get a stack trace.
 */
export async function runWorker(
  name: string,
  start: (context: { log: Logger; signal: AbortSignal }) => Promise<void>,
): Promise<void> {
  const log = createLogger(name);
  const signal = stopSignal();
  const fail = (error: unknown) => process.exit(report(error, log));
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  signal.addEventListener('abort', () => limitStop(log), { once: true });
  try {
    checkLogLevel(process.env);
    await start({ log, signal });
  } catch (error) {
    const stoppedAsTold =
      signal.aborted && (error === signal.reason || (error as Error)?.name === 'AbortError');
    if (!stoppedAsTold) fail(error);
  }
  process.exit(0);
}

function limitStop(log: Logger): void {
  setTimeout(() => {
    log.error({ event: 'not_stopped' }, `not stopped within ${STOP_LIMIT_MS / 1000} s: giving up`);
    process.exit(1);
  }, STOP_LIMIT_MS).unref();
}

/** @returns the exit code */
function report(error: unknown, log: Logger): number {
  if (error instanceof InvalidSettings || isWrongUse(error)) {
    log.fatal({ event: 'wrong_use' }, error.message);
    return 2;
  }
  if (isOurMistake(error)) {
    log.fatal({ event: 'mistake', err: error }, 'an error in Velolog: please report it');
  } else {
    const causes = causesOf(error);
    log.fatal({ event: 'failed', ...(causes.length > 0 && { causes }) }, messageOf(error as Error));
  }
  return 1;
}

/** An error sets `exitCode` 2 when a restart would not help, as with wrong settings. */
function isWrongUse(error: unknown): error is Error {
  return error instanceof Error && 'exitCode' in error && error.exitCode === 2;
}
