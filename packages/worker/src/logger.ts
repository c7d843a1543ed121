import { createRequire } from 'node:module';
import { destination, pino, stdTimeFunctions } from 'pino';
import type { Log } from './log.ts';
import { printableStrings } from './printable.ts';
import { InvalidSettings } from './settings.ts';

export type Logger = Log & { level: string };

const STDERR = 2;

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

const SECRETS = ['password', 'authorization', 'sasl', 'databaseUrl', 'DATABASE_URL', 'READER_DATABASE_URL'];

/**
 * Writes one JSON line per event to standard error, or readable lines when that is a terminal. LOG_LEVEL (default info) sets the level.
 * It writes synchronously, so what was logged before a crash is not lost.
 */
export function createLogger(worker: string): Logger {
  const options = {
    level: levelOf(process.env) ?? 'info',
    base: { worker },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: [...SECRETS, ...SECRETS.map((name) => `*.${name}`)],
  };
  return process.stderr.isTTY
    ? pino(options, readable())
    : pino(options, destination({ fd: STDERR, sync: true }));
}

/** @throws InvalidSettings if LOG_LEVEL is no level */
export function checkLogLevel(env: NodeJS.ProcessEnv): void {
  if (levelOf(env) !== undefined) return;
  throw new InvalidSettings(
    `Invalid settings:\n  LOG_LEVEL: expected one of ${LEVELS.join(', ')} (it is ${JSON.stringify(env.LOG_LEVEL)})`,
  );
}

function levelOf({ LOG_LEVEL }: NodeJS.ProcessEnv): string | undefined {
  const level = LOG_LEVEL?.trim().toLowerCase() || 'info';
  return LEVELS.includes(level) ? level : undefined;
}

/** Readable lines. Text from a feed or a server must not control the terminal. */
function readable(): { write(line: string): void } {
  // Only a terminal needs it.
  const pretty = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty');
  const lines = pretty({
    destination: STDERR,
    sync: true,
    ignore: 'pid,hostname',
    translateTime: 'HH:MM:ss',
  });
  return { write: (line) => void lines.write(printableStrings(line)) };
}

/** Wraps the logger in a plain function, for packages that do not depend on this logger (createKafka's `log`). */
export function logTo(
  logger: Logger,
): (level: 'debug' | 'info' | 'warn' | 'error', message: string, details: Record<string, unknown>) => void {
  return (level, message, details) => logger[level]({ event: 'kafka_client', ...details }, message);
}
