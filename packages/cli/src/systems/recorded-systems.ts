import { loginEnvironment } from '@velolog/embedded/broker-properties';
import { parseEntry, SystemsTable, type TopicEntry } from '@velolog/ingest/sources/topic';
import { createKafka, type KafkaSettings, kafkaSettings } from '@velolog/stream/kafka/client';
import type { Kafka } from '@velolog/stream/kafka/kafka-types';
import { createProducer } from '@velolog/stream/kafka/producer';
import {
  ensureSystemsTopic,
  readSystems,
  SYSTEMS_TOPIC,
  type SystemRecord,
  writeSystems,
} from '@velolog/stream/systems-topic';
import { readSettings } from '@velolog/worker/settings';
import { UserError } from '@velolog/worker/user-error';
import type { Home } from '../home/home.ts';
import { homeOption, waysToStart } from '../home/home-option.ts';
import { readState, type State } from '../home/state.ts';
import { EMBEDDED_PARTITIONS } from '../supervisor/pipeline-workers.ts';

/** The content of velolog.systems, for a command that reads or changes it. */
export type RecordedSystems = {
  entries: Map<string, TopicEntry>;
  /** State of the home. When Kafka comes from KAFKA_BROKERS, nothing may run there. */
  state: State;
  put(entries: TopicEntry[]): Promise<void>;
  remove(ids: string[]): Promise<void>;
};

const READ_MS_MAX = 60_000;

/** @throws UserError that says what to do when there is no Kafka */
export async function openRecordedSystems(home: Home, signal: AbortSignal): Promise<RecordedSystems> {
  const state = await readState(home);
  const settings = kafkaOf(home, state);
  const kafka = createKafka(settings, { clientId: 'velolog-systems' });
  const { table, partitions } = await read(home, kafka, settings, signal);
  const entries = new Map<string, TopicEntry>();
  for (const id of table.ids()) {
    try {
      entries.set(id, parseEntry(id, table.valueOf(id) ?? ''));
    } catch {
      // Ingest logs what is wrong with the entry and does not poll it.
    }
  }
  return {
    entries,
    state,
    put: (added) =>
      write(
        kafka,
        added.flatMap((entry) => table.put(entry, partitions)),
      ),
    remove: (ids) =>
      write(
        kafka,
        ids.flatMap((id) => table.remove(id, 'command')),
      ),
  };
}

const KNOWN_MS_MAX = 10_000;

/** Returns null when nothing runs or Kafka does not answer soon. For commands that also work without the list. */
export async function recordedIfKnown(home: Home, signal: AbortSignal): Promise<RecordedSystems | null> {
  const limit = AbortSignal.timeout(KNOWN_MS_MAX);
  const tooLate = new Promise<null>((resolve) => limit.addEventListener('abort', () => resolve(null)));
  try {
    return await Promise.race([openRecordedSystems(home, AbortSignal.any([signal, limit])), tooLate]);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UserError || limit.aborted) return null;
    throw error;
  }
}

function kafkaOf(home: Home, { brokers, kafka_login }: State): KafkaSettings {
  const { KAFKA_BROKERS, KAFKA_TOPIC_PARTITIONS } = process.env;
  const known = brokers ?? KAFKA_BROKERS;
  if (!known) {
    throw new UserError(
      `The list of recorded systems is in Kafka, and nothing runs on ${home.path}: ${waysToStart(home.path)} starts Velolog; or set KAFKA_BROKERS`,
    );
  }
  return readSettings(kafkaSettings, {
    ...process.env,
    KAFKA_BROKERS: known,
    ...loginEnvironment(kafka_login ?? undefined),
    // The same number as for the supervisor's workers: whoever comes first creates the topic.
    ...(kafka_login && { KAFKA_TOPIC_PARTITIONS: KAFKA_TOPIC_PARTITIONS || EMBEDDED_PARTITIONS }),
  });
}

async function read(
  home: Home,
  kafka: Kafka,
  settings: KafkaSettings,
  signal: AbortSignal,
): Promise<{ table: SystemsTable; partitions: number }> {
  try {
    const partitions = await ensureSystemsTopic(kafka, settings);
    const table = new SystemsTable();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(READ_MS_MAX)]);
    for (const record of await readSystems(kafka, SYSTEMS_TOPIC, limit)) table.note(record);
    return { table, partitions };
  } catch (cause) {
    signal.throwIfAborted();
    throw new UserError(
      `Cannot read the list of recorded systems from Kafka at ${settings.brokers.join(', ')}: ${(cause as Error).message}; is it running? (npx velolog status${homeOption(home.path)})`,
      { cause },
    );
  }
}

async function write(kafka: Kafka, records: SystemRecord[]): Promise<void> {
  const producer = createProducer(kafka);
  try {
    await producer.connect();
    await writeSystems(producer, SYSTEMS_TOPIC, records);
  } catch (cause) {
    throw new UserError(
      `Cannot write the list of recorded systems to Kafka: ${(cause as Error).message}; nothing has changed`,
      {
        cause,
      },
    );
  } finally {
    await producer.disconnect();
  }
}
