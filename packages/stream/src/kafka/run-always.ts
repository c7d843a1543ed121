import type { Consumer, ConsumerRunConfig } from './kafka-types.ts';

const RUN_AGAIN_MS = 1_000;

/**
 * Runs a consumer until it is disconnected, also after what kafkajs takes for final though it passes. Other errors that are final end it as
 * ever: a caller that has to know listens to `consumer.crash` and asks `isFinal`.
 */
export function runAlways(consumer: Consumer, config: ConsumerRunConfig): Promise<void> {
  let again: NodeJS.Timeout | undefined;
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (payload.restart || isFinal(payload)) return;
    again = setTimeout(() => void consumer.run(config).catch(() => {}), RUN_AGAIN_MS);
  });
  // After a crash kafkajs disconnects before it tells of the crash, so this one is ours.
  consumer.on(consumer.events.DISCONNECT, () => clearTimeout(again));
  return consumer.run(config);
}

/**
 * Whether a consumer that crashed stays away. A lone broker that is killed while it is asked who coordinates the group leaves
 * nobody to ask until it is back, which kafkajs does not wait for.
 */
export function isFinal({ restart, error }: { restart: boolean; error: Error }): boolean {
  return !restart && error.name !== 'KafkaJSGroupCoordinatorNotFound';
}
