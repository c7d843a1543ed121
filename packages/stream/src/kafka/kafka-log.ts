import { type LogEntry, logLevel } from 'kafkajs';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Receives log events. The signature does not depend on any particular logger. */
export type Log = (level: LogLevel, message: string, details: Record<string, unknown>) => void;

// Answers that a broker gives while it or a group gets ready. kafkajs retries by itself, but logs each one as an ERROR. They are normal
// at a first start against a healthy broker (coordinators are loading) and at every rebalance.
const PASSING = [
  'The coordinator is loading',
  'The group coordinator is not available',
  'The group is rebalancing',
  'This is not the correct coordinator',
  'The group member needs to have a valid member id',
  'This server does not host this topic-partition',
  'There is no leader for this topic-partition',
  'This server is not the leader for that topic-partition',
];

const FATAL = ['Crash:', 'SASL', 'authentication failed', 'Error when calling eachBatch'];

const REPEAT_INTERVAL_MS = 10_000;
const REMEMBERED_MAX = 200;

/**
 * Sets the level of what kafkajs logs. `error` is only for what kafkajs does not recover from; what it retries is `warn`, and what always
 * happens at a start or a rebalance is `debug`. An event that repeats within 10 s is counted instead of logged again, because every
 * connection logs every second while a broker is away.
 */
export function kafkaLogCreator(log: Log): () => (entry: LogEntry) => void {
  const recent = new Map<string, { until: number; suppressed: number }>();
  return () =>
    ({ level, namespace, log: { message, timestamp, logger, stack, ...details } }) => {
      const ours = levelOf(level, String(message), details);
      const event = `${ours} ${message} ${details.error ?? ''}`;
      const now = Date.now();
      const seen = recent.get(event);
      if (seen !== undefined && now < seen.until) {
        seen.suppressed += 1;
        return;
      }
      if (recent.size >= REMEMBERED_MAX) recent.clear();
      recent.set(event, { until: now + REPEAT_INTERVAL_MS, suppressed: 0 });
      const repeated = seen?.suppressed ? { repeated: seen.suppressed } : {};
      log(ours, `kafka: ${message}`, {
        ...(namespace && { part: namespace }),
        ...plain(details),
        ...repeated,
      });
    };
}

function levelOf(level: logLevel, message: string, details: Record<string, unknown>): LogLevel {
  if (level === logLevel.DEBUG) return 'debug';
  const text = `${message} ${details.error ?? ''}`;
  if (PASSING.some((part) => text.includes(part))) return 'debug';
  if (level === logLevel.INFO) return 'info';
  return level === logLevel.ERROR && FATAL.some((part) => message.includes(part)) ? 'error' : 'warn';
}

function plain(details: Record<string, unknown>): Record<string, unknown> {
  return details.error instanceof Error ? { ...details, error: details.error.message } : details;
}
