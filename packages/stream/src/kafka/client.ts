import { Kafka, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';
import { registerCodecs } from './codecs.ts';
import { kafkaLogCreator, type Log } from './kafka-log.ts';
import type { KafkaSettings } from './kafka-settings.ts';
import { applyConnectionPatch } from './patches/connection-patch.ts';
import { applyTimerPatch } from './patches/timer-patch.ts';

export { type KafkaSettings, kafkaSettings } from './kafka-settings.ts';

/** The patches of kafkajs, and what happens without each. */
const PATCHES = [
  [applyTimerPatch, 'every idle connection will use CPU'],
  [applyConnectionPatch, 'it may misread answers after a lost connection'],
] as const;

/**
 * Creates a client for plain, TLS and SASL listeners that can read and write zstd. It does not connect yet.
 * Without `log` nothing is logged. Errors reach the caller in either case.
 */
export function createKafka(settings: KafkaSettings, options: { clientId: string; log?: Log }): Kafka {
  const log: Log = options.log ?? (() => {});
  registerCodecs();
  for (const [apply, without] of PATCHES) {
    const reason = apply();
    if (reason !== undefined)
      log('warn', `kafkajs is not the version this was built for: ${without}`, { reason });
  }
  // Other machines cannot read traffic that stays on this one.
  const leaves = settings.brokers.some((broker) => !/^(127\.\d+\.\d+\.\d+|localhost):/.test(broker));
  if (settings.sasl?.mechanism === 'plain' && settings.tls === null && leaves) {
    log('warn', 'the Kafka password is sent unencrypted: KAFKA_SASL_MECHANISM=plain without KAFKA_SSL=1', {});
  }
  return new Kafka(kafkaConfig(settings, options.clientId, log));
}

function kafkaConfig(settings: KafkaSettings, clientId: string, log: Log): KafkaConfig {
  const { brokers, tls, sasl } = settings;
  return {
    clientId,
    brokers,
    ...(tls && { ssl: tls.ca === null ? true : { ca: [tls.ca] } }),
    ...(sasl && { sasl: sasl as SASLOptions }),
    // On a busy machine a TLS handshake takes longer than 1 s, the default.
    connectionTimeout: 5_000,
    // kafkajs' defaults, written out because kafkajs uses others when NODE_ENV is test.
    retry: { initialRetryTime: 300, retries: 5, maxRetryTime: 30_000, factor: 0.2, multiplier: 2 },
    logLevel: logLevel.INFO,
    logCreator: kafkaLogCreator(log),
  };
}
