import type { Consumer, ConsumerRunConfig } from './kafka-types.ts';

const RUN_AGAIN_MS = 1_000;

/**
 * Runs a consumer until it is disconnected. Also restarts it after an error that kafkajs treats as final although it is temporary. Truly
 * final errors still end it: a caller that needs to know listens to `consumer.crash` and calls `isFinal`.
 */
export function runAlways(consumer: Consumer, config: ConsumerRunConfig): Promise<void> {
  let again: NodeJS.Timeout | undefined;
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (payload.restart || isFinal(payload)) return;
    again = setTimeout(() => void consumer.run(config).catch(() => {}), RUN_AGAIN_MS);
  });
  // After a crash kafkajs emits DISCONNECT before CRASH, so a DISCONNECT while the timer runs comes from our own disconnect().
  consumer.on(consumer.events.DISCONNECT, () => clearTimeout(again));
  return consumer.run(config);
}

/**
 * Whether a consumer that crashed stays down. Two errors are temporary although kafkajs does not repeat them. If a lone broker is killed while it is
 * asked for the group's coordinator, there is no other broker to ask until it is back, and kafkajs does not wait for that. And kafkajs fails at its
 * own notes about a topic that was recreated with fewer partitions ("Cannot read properties of undefined"): a new run reads them again.
 */
export function isFinal({ restart, error }: { restart: boolean; error: Error }): boolean {
  return !restart && !foundNoCoordinator(error) && !isMistakeOfKafkajs(error);
}

/** Where kafkajs had tried again, it wraps this error in a KafkaJSNonRetriableError. */
function foundNoCoordinator({ name, cause }: Error): boolean {
  return name === 'KafkaJSGroupCoordinatorNotFound' || (cause instanceof Error && foundNoCoordinator(cause));
}

/** A TypeError or RangeError that kafkajs itself, and not what it called of ours, ran into. */
function isMistakeOfKafkajs(error: Error): boolean {
  const cause = firstCause(error);
  if (!(cause instanceof TypeError || cause instanceof RangeError)) return false;
  const frames = cause.stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line) && !/[( ](node:|<anonymous>)/.test(line));
  return /[\\/]node_modules[\\/]kafkajs[\\/]/.test(frames?.[0] ?? '');
}

function firstCause(error: Error): Error {
  return error.cause instanceof Error ? firstCause(error.cause) : error;
}
