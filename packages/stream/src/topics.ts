import { setTimeout as wait } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { kafkaErrorType } from './kafka/kafka-error.ts';
import type { Admin, Kafka } from './kafka/kafka-types.ts';

const { ConfigResourceTypes, KafkaJSAggregateError, KafkaJSProtocolError } = kafkajs;

export const POLLS_TOPIC = 'velolog.polls';
export const DEAD_LETTERS_TOPIC = 'velolog.dead-letters';
/** For bodies with vehicle ids, and for those of them that could not be used: kept for a day. */
export const VEHICLE_POLLS_TOPIC = 'velolog.vehicle-polls';
const VEHICLE_DEAD_LETTERS_TOPIC = 'velolog.vehicle-dead-letters';

/** Largest record batch as sent, that is after compression. The largest body known has 9 MB before it. */
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
const RETENTION_MS = 7 * 24 * 3600 * 1000;
const VEHICLE_RETENTION_MS = 24 * 3600 * 1000;
const SEGMENT_MS = 3600 * 1000;

export type TopicSettings = {
  /** Of the polls; the dead letters have 1. */
  partitions: number;
  /** -1 leaves it to the broker. */
  replicationFactor: number;
  /** Defaults to POLLS_TOPIC. */
  pollsTopic?: string;
  /** Defaults to DEAD_LETTERS_TOPIC. */
  deadLettersTopic?: string;
  /** Default to those that go with the names of the two above. */
  vehiclePollsTopic?: string;
  vehicleDeadLettersTopic?: string;
  /**
   * Called with what is wrong with the topics of dead letters, and with a topic that keeps vehicle ids for longer than a day. Nothing stops for that: a letter
   * that does not fit is sent smaller, and polls that can be used need none.
   */
  onProblem?: (problem: string) => void;
};

export type TopicNames = Required<
  Pick<TopicSettings, 'pollsTopic' | 'deadLettersTopic' | 'vehiclePollsTopic' | 'vehicleDeadLettersTopic'>
>;

/** The names of all four topics. A setting that renames one of the first two names its vehicle topic after it. */
export function topicNames(settings: Partial<Record<keyof TopicNames, string | undefined>> = {}): TopicNames {
  const { pollsTopic = POLLS_TOPIC, deadLettersTopic = DEAD_LETTERS_TOPIC } = settings;
  const beside = (topic: string, usual: string, vehicles: string) =>
    topic === usual ? vehicles : `${topic}.vehicles`;
  return {
    pollsTopic,
    deadLettersTopic,
    vehiclePollsTopic: settings.vehiclePollsTopic ?? beside(pollsTopic, POLLS_TOPIC, VEHICLE_POLLS_TOPIC),
    vehicleDeadLettersTopic:
      settings.vehicleDeadLettersTopic ??
      beside(deadLettersTopic, DEAD_LETTERS_TOPIC, VEHICLE_DEAD_LETTERS_TOPIC),
  };
}

/** Which topics take the polls of a feed, and what could not be used of them. Whether a body holds ids of vehicles, its feed tells (`hasVehicleIds`). */
export function topicsOfFeed(
  names: TopicNames,
  feed: { hasVehicleIds: boolean },
): { polls: string; deadLetters: string } {
  return feed.hasVehicleIds
    ? { polls: names.vehiclePollsTopic, deadLetters: names.vehicleDeadLettersTopic }
    : { polls: names.pollsTopic, deadLetters: names.deadLettersTopic };
}

/** A topic that exists is set up in a way that would lose polls. The message names the command that puts it right. */
export class TopicTooSmall extends Error {
  override readonly name = 'TopicTooSmall';
  /** As for wrong settings: no restart mends it. */
  readonly exitCode = 2;
  readonly topic: string;

  constructor(topic: string, message: string) {
    super(message);
    this.topic = topic;
  }
}

type Requirement = { name: string; value: string; fits: (found: string) => boolean; why: string };

const REQUIREMENTS: Requirement[] = [
  {
    name: 'max.message.bytes',
    value: String(MESSAGE_BYTES_MAX),
    fits: (found) => Number(found) >= MESSAGE_BYTES_MAX,
    why: 'the polls of large systems would be refused',
  },
  {
    name: 'message.timestamp.type',
    value: 'LogAppendTime',
    fits: (found) => found === 'LogAppendTime',
    why: 'imported history would be deleted by retention as soon as it arrives',
  },
  {
    name: 'cleanup.policy',
    value: 'delete',
    fits: (found) => found === 'delete',
    why: 'compaction keeps only the last poll of each system',
  },
];

/** A topic that has just been made is known at once to the controller, and some moments later to each broker. */
const KNOWN_WITHIN_MS = 60_000;
const LOOK_INTERVAL_MS = 50;
/** A topic that is listed, and that its broker does not know for so long, has been deleted. */
const GONE_AFTER_MS = 5_000;

/**
 * Creates the four topics when they are missing and checks them when they are there: then they can be written and read. Safe to
 * call from several workers at once.
 * Partitions, replication and retention of a topic that exists are left as they are.
 * @throws TopicTooSmall when the topic of the polls exists and would lose some
 * @throws Error when Kafka cannot be reached (after some 10 s of trying) or does not let us create topics
 */
export async function ensureTopics(kafka: Kafka, settings: TopicSettings): Promise<void> {
  const names = topicNames(settings);
  const { replicationFactor, partitions } = settings;
  const admin = kafka.admin();
  try {
    await admin.connect();
    for (const topic of [names.pollsTopic, names.vehiclePollsTopic])
      await ensure(admin, { topic, partitions, replicationFactor, retentionMs: retentionOf(topic, names) });
    for (const topic of [names.deadLettersTopic, names.vehicleDeadLettersTopic]) {
      const retentionMs = retentionOf(topic, names);
      const problem = await problemOf(
        ensure(admin, { topic, partitions: 1, replicationFactor, retentionMs }),
      );
      if (problem !== null) settings.onProblem?.(problem);
    }
    for (const topic of [names.vehiclePollsTopic, names.vehicleDeadLettersTopic]) {
      const problem = await problemOf(checkRetention(admin, topic));
      if (problem !== null) settings.onProblem?.(problem);
    }
  } catch (cause) {
    if (cause instanceof TopicTooSmall) throw cause;
    throw new Error(
      `Cannot prepare the Kafka topics ${Object.values(names).join(', ')}: ${tellTopicError(cause)}`,
      {
        cause,
      },
    );
  } finally {
    await admin.disconnect();
  }
}

/** Makes the topic of the dead letters again where it is gone. */
export async function ensureDeadLetters(
  kafka: Kafka,
  settings: { topic: string; replicationFactor: number; holdsVehicles: boolean },
): Promise<void> {
  const admin = kafka.admin({ retry: { retries: 1 } });
  try {
    await admin.connect();
    const { topic, replicationFactor, holdsVehicles } = settings;
    const retentionMs = holdsVehicles ? VEHICLE_RETENTION_MS : RETENTION_MS;
    await problemOf(ensure(admin, { topic, partitions: 1, replicationFactor, retentionMs }));
  } finally {
    await admin.disconnect();
  }
}

/** Limits that differ from ours and missing rights come back as a message; a broker that is away is thrown. */
async function problemOf(work: Promise<void>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    const type = kafkaErrorType(error) ?? kafkaErrorType((error as { errors?: unknown[] }).errors?.[0]);
    if (error instanceof TopicTooSmall) return error.message;
    if (type?.endsWith('AUTHORIZATION_FAILED')) return tellTopicError(error);
    throw error;
  }
}

type WantedTopic = { topic: string; partitions: number; replicationFactor: number; retentionMs: number };

function retentionOf(topic: string, names: TopicNames): number {
  const { polls, deadLetters } = topicsOfFeed(names, { hasVehicleIds: true });
  return topic === polls || topic === deadLetters ? VEHICLE_RETENTION_MS : RETENTION_MS;
}

/** Also where a broker still lists a topic that has just been deleted: then it is looked for and made again. */
async function ensure(admin: Admin, wanted: WantedTopic): Promise<void> {
  for (const until = Date.now() + KNOWN_WITHIN_MS; ; await wait(LOOK_INTERVAL_MS)) {
    const existing = await admin.listTopics();
    const found = existing.includes(wanted.topic) || !(await create(admin, wanted));
    try {
      await untilKnown(admin, wanted.topic, found ? GONE_AFTER_MS : KNOWN_WITHIN_MS);
      if (found) await check(admin, wanted.topic);
      return;
    } catch (error) {
      if (!found || !isUnknown(error) || Date.now() > until) throw error;
    }
  }
}

/** false when another worker was faster. */
async function create(
  admin: Admin,
  { topic, partitions, replicationFactor, retentionMs }: WantedTopic,
): Promise<boolean> {
  const configEntries = [
    ...REQUIREMENTS.map(({ name, value }) => ({ name, value })),
    { name: 'compression.type', value: 'producer' },
    { name: 'retention.ms', value: String(retentionMs) },
    // A segment that is being written outlives the retention: a day of ids must not become eight.
    ...(retentionMs < RETENTION_MS ? [{ name: 'segment.ms', value: String(SEGMENT_MS) }] : []),
  ];
  return await admin.createTopics({
    topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }],
    // kafkajs would wait for leaders, and fail when the broker does not know the topic yet: see untilKnown.
    waitForLeaders: false,
  });
}

const NOT_YET = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION']);

/** Until every broker that is asked knows a topic that was just made, and those that lead its partitions know that they do. */
export async function untilKnown(admin: Admin, topic: string, unknownForMs = KNOWN_WITHIN_MS): Promise<void> {
  const start = Date.now();
  for (const until = start + KNOWN_WITHIN_MS; ; await wait(LOOK_INTERVAL_MS)) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const partitions = topics.flatMap((one) => one.partitions);
      if (partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)) {
        await admin.fetchTopicOffsets(topic);
        return;
      }
      if (Date.now() > until) throw new Error(`the topic ${topic} has partitions without a leader`);
    } catch (error) {
      if (!NOT_YET.has(kafkaErrorType(error) ?? '') || Date.now() > until) throw error;
      if (isUnknown(error) && Date.now() > start + unknownForMs) throw error;
    }
  }
}

function isUnknown(error: unknown): boolean {
  return kafkaErrorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION';
}

async function readConfig(admin: Admin, topic: string, configNames: string[]): Promise<Map<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames }],
  });
  return new Map(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]));
}

async function check(admin: Admin, topic: string): Promise<void> {
  const found = await readConfig(
    admin,
    topic,
    REQUIREMENTS.map(({ name }) => name),
  );
  const unmet = REQUIREMENTS.filter(({ name, fits }) => !fits(found.get(name) ?? ''));
  if (unmet.length === 0) return;
  const problems = unmet.map(({ name, why }) => `${name} is ${found.get(name)} (${why})`).join('; ');
  const changes = unmet.map(({ name, value }) => `${name}=${value}`).join(',');
  throw new TopicTooSmall(
    topic,
    `The Kafka topic ${topic} exists, but ${problems}. To put it right: ` +
      `kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name ${topic} --add-config ${changes}`,
  );
}

/** Of a topic whose bodies hold ids of vehicles, which docs/privacy.md promises to keep for a day. */
async function checkRetention(admin: Admin, topic: string): Promise<void> {
  const wanted = { 'retention.ms': VEHICLE_RETENTION_MS, 'segment.ms': SEGMENT_MS };
  const found = await readConfig(admin, topic, Object.keys(wanted));
  // -1 keeps for good. A segment that is being written outlives the retention.
  const isTooLong = (name: keyof typeof wanted) => {
    const value = Number(found.get(name) ?? Number.NaN);
    return value === -1 || value > wanted[name];
  };
  const names = (Object.keys(wanted) as (keyof typeof wanted)[]).filter(isTooLong);
  if (names.length === 0) return;
  const problems = names.map((name) => `${name} is ${found.get(name)}`).join(', ');
  const changes = names.map((name) => `${name}=${wanted[name]}`).join(',');
  throw new TopicTooSmall(
    topic,
    `The Kafka topic ${topic} keeps ids of vehicles for longer than 24 hours (${problems}). To put it right: ` +
      `kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name ${topic} --add-config ${changes}`,
  );
}

/** What a broker says of a topic, with what to grant where it is a matter of rights. */
export function tellTopicError(error: unknown): string {
  if (error instanceof KafkaJSAggregateError) return error.errors.map(tellTopicError).join('; ');
  if (error instanceof KafkaJSProtocolError && /AUTHORIZATION_FAILED/.test(error.type)) {
    return `${error.message} (grant Create, Describe and DescribeConfigs on them, or create them beforehand)`;
  }
  return error instanceof Error ? error.message : String(error);
}
