import { setTimeout as wait } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { kafkaErrorType } from './kafka/kafka-error.ts';
import type { Admin, Kafka } from './kafka/kafka-types.ts';

const { ConfigResourceTypes, KafkaJSAggregateError, KafkaJSProtocolError } = kafkajs;

export const POLLS_TOPIC = 'velolog.polls';
export const DEAD_LETTERS_TOPIC = 'velolog.dead-letters';
/** Topics for polls with vehicle ids, and for the dead letters among these. Both are kept for one day. */
export const VEHICLE_POLLS_TOPIC = 'velolog.vehicle-polls';
const VEHICLE_DEAD_LETTERS_TOPIC = 'velolog.vehicle-dead-letters';

/** Largest record batch after compression. The largest known body has 9 MB before compression. */
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
const RETENTION_MS = 7 * 24 * 3600 * 1000;
const VEHICLE_RETENTION_MS = 24 * 3600 * 1000;
const SEGMENT_MS = 3600 * 1000;

export type TopicSettings = {
  /** Partitions of the polls' topics; the dead letters have 1. */
  partitions: number;
  /** -1 leaves it to the broker. */
  replicationFactor: number;
  /** Defaults to POLLS_TOPIC. */
  pollsTopic?: string;
  /** Defaults to DEAD_LETTERS_TOPIC. */
  deadLettersTopic?: string;
  /** The defaults of the next two are derived from the two names above. */
  vehiclePollsTopic?: string;
  vehicleDeadLettersTopic?: string;
  /**
   * Called with each problem of the dead letters' topics, and when a topic keeps vehicle ids for longer than a day. These problems stop
   * nothing: a dead letter that is too large is sent in a smaller form, and usable polls need no dead letters.
   */
  onProblem?: (problem: string) => void;
};

export type TopicNames = Required<
  Pick<TopicSettings, 'pollsTopic' | 'deadLettersTopic' | 'vehiclePollsTopic' | 'vehicleDeadLettersTopic'>
>;

/** The names of all four topics. If a setting renames one of the first two, the name of its vehicle topic follows. */
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

/** The topics for the polls of a feed and for its dead letters. They depend on whether its bodies contain vehicle ids (`hasVehicleIds`). */
export function topicsOfFeed(
  names: TopicNames,
  feed: { hasVehicleIds: boolean },
): { polls: string; deadLetters: string } {
  return feed.hasVehicleIds
    ? { polls: names.vehiclePollsTopic, deadLetters: names.vehicleDeadLettersTopic }
    : { polls: names.pollsTopic, deadLetters: names.deadLettersTopic };
}

/** An existing topic would lose polls, or keep vehicle ids for too long. The message contains the command that fixes it. */
export class TopicTooSmall extends Error {
  override readonly name = 'TopicTooSmall';
  /** The exit code for wrong settings, because a restart does not help. */
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

/** The controller knows a new topic at once, each broker some moments later. */
const KNOWN_WITHIN_MS = 60_000;
const LOOK_INTERVAL_MS = 50;
/** If a topic is listed but its broker does not know it for this long, the topic has been deleted. */
const GONE_AFTER_MS = 5_000;

/**
 * Creates the four topics when they are missing, checks them when they exist, and returns when they can be written and read. Several
 * workers may call it at the same time.
 * Does not change partitions, replication or retention of an existing topic.
 * @throws TopicTooSmall when a topic for polls exists and would lose some
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

/** Recreates the dead letters' topic if it is gone. */
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

/** Returns a message for limits that differ from ours and for missing rights. Throws other errors, such as an unreachable broker. */
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

/** Creates or checks a topic. If a broker still lists a topic that was just deleted, tries again until it can be recreated. */
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

/** Returns false when another worker created it first. */
async function create(
  admin: Admin,
  { topic, partitions, replicationFactor, retentionMs }: WantedTopic,
): Promise<boolean> {
  const configEntries = [
    ...REQUIREMENTS.map(({ name, value }) => ({ name, value })),
    { name: 'compression.type', value: 'producer' },
    { name: 'retention.ms', value: String(retentionMs) },
    // Retention does not delete the segment that is being written: without this limit, one day of vehicle ids could become eight.
    ...(retentionMs < RETENTION_MS ? [{ name: 'segment.ms', value: String(SEGMENT_MS) }] : []),
  ];
  return await admin.createTopics({
    topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }],
    // kafkajs' own wait for leaders fails when the broker does not know the topic yet. untilKnown waits instead.
    waitForLeaders: false,
  });
}

const NOT_YET = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION']);

/** Waits until the brokers know a new topic and the leaders of its partitions know that they lead. */
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
    `The Kafka topic ${topic} exists, but ${problems}. To fix it, run: ` +
      `kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name ${topic} --add-config ${changes}`,
  );
}

/** Checks a topic with vehicle ids, which docs/privacy.md promises to keep for one day only. */
async function checkRetention(admin: Admin, topic: string): Promise<void> {
  const wanted = { 'retention.ms': VEHICLE_RETENTION_MS, 'segment.ms': SEGMENT_MS };
  const found = await readConfig(admin, topic, Object.keys(wanted));
  // -1 keeps records forever. segment.ms matters because retention does not delete the segment that is being written.
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
    `The Kafka topic ${topic} keeps ids of vehicles for longer than 24 hours (${problems}). To fix it, run: ` +
      `kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name ${topic} --add-config ${changes}`,
  );
}

/** The broker's error about a topic, and which rights to grant when it is about rights. */
export function tellTopicError(error: unknown): string {
  if (error instanceof KafkaJSAggregateError) return error.errors.map(tellTopicError).join('; ');
  if (error instanceof KafkaJSProtocolError && /AUTHORIZATION_FAILED/.test(error.type)) {
    return `${error.message} (grant Create, Describe and DescribeConfigs on them, or create them beforehand)`;
  }
  return error instanceof Error ? error.message : String(error);
}
