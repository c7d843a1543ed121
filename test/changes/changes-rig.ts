import { setTimeout as wait } from 'node:timers/promises';
import { changeId, type StationChange } from '@velolog/stream/change-record';
import type { PollRecord } from '@velolog/stream/poll-record';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../servers/test-database.ts';
import {
  createTestTopics,
  startTestWorker,
  type TestTopics,
  type TestWorker,
} from '../workers/test-worker.ts';
import { untilStored } from '../workers/until-stored.ts';

/** An event of velolog.changes. */
export type Event = { id: string; key: string; type: string; change: StationChange };

/** Topics with one for changes, a database, and what tests ask of the two. */
export type ChangesRig = AsyncDisposable & {
  topics: TestTopics;
  database: TestDatabase;
  client: pg.Client;
  changesTopic: string;
  publish(polls: PollRecord[]): Promise<void>;
  /** Until the store has all polls, whether or not it publishes changes. */
  untilPollsStored(): Promise<void>;
  untilAllPublished(): Promise<void>;
  /** Until the query is true. */
  until(query: string): Promise<void>;
  /** A store that publishes changes. */
  startPublishing(): Promise<TestWorker>;
  /** Everything in the topic, in the order of each partition. */
  readEvents(): Promise<Event[]>;
};

export const WITH_CHANGES = { CHANGES_TOPIC: '1', KAFKA_TOPIC_PARTITIONS: '3' };

/** Changes are published from now on. */
export const BEGUN = 'select exists (select from velolog.changes_topic)';
/** Nothing is left to publish. */
export const PUBLISHED = `
  select not exists (select from velolog.published_change as published join velolog.feed using (system_key)
    join velolog.observed_range using (feed_key) where feed.feed = 'station_status' and to_at > published_to)
  and (select count(*) from velolog.published_change) = (select count(*) from velolog.feed where feed = 'station_status')`;

export async function openChangesRig(): Promise<ChangesRig> {
  const topics = await createTestTopics(2);
  const changesTopic = `${topics.names.pollsTopic}.changes`;
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const until = (query: string) => untilTrue(client, query);
  const untilPollsStored = async () =>
    untilStored(database.url, await topics.ends(), false, topics.names.pollsTopic);
  return {
    topics,
    database,
    client,
    changesTopic,
    publish: topics.publish,
    untilPollsStored,
    untilAllPublished: async () => {
      await untilPollsStored();
      await until(PUBLISHED);
    },
    until,
    startPublishing: () => startTestWorker(database, topics, { env: WITH_CHANGES, changesTopic }),
    readEvents: () => readEvents(topics, changesTopic),
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await topics.admin.deleteTopics({ topics: [changesTopic] }).catch(() => {});
      await topics[Symbol.asyncDispose]();
      await database.drop();
    },
  };
}

export async function untilTrue(client: pg.Client, query: string): Promise<void> {
  while (!(await client.query(`select (${query}) as done`)).rows[0].done) await wait(50);
}

export async function readEvents(topics: TestTopics, changesTopic: string): Promise<Event[]> {
  const offsets = await topics.admin.fetchTopicOffsets(changesTopic);
  const expected = offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  const events: Event[] = [];
  const consumer = topics.kafka.consumer({ groupId: `${changesTopic}-${Math.random()}` });
  await consumer.connect();
  await consumer.subscribe({ topic: changesTopic, fromBeginning: true });
  const done = Promise.withResolvers<void>();
  await consumer.run({
    eachMessage: async ({ message: { key, value, headers } }) => {
      events.push({
        id: String(headers?.ce_id),
        key: String(key),
        type: String(headers?.ce_type),
        change: JSON.parse(String(value)),
      });
      if (events.length >= expected) done.resolve();
    },
  });
  if (expected > 0) await done.promise;
  await consumer.disconnect();
  return events;
}

/** What SQL says, as everybody asks it, by the id of each change. */
export async function changesOf(
  asked: pg.Client,
  system_id: string | null,
): Promise<Map<string, StationChange>> {
  const { rows } = await asked.query(
    'select * from api.station_change where $1::text is null or system_id = $1 order by observed_at, system_id, station_id',
    [system_id],
  );
  const changes = rows.map(
    (row): StationChange => ({
      ...row,
      observed_at: row.observed_at.toISOString(),
      prev_observed_at: row.prev_observed_at.toISOString(),
    }),
  );
  return new Map(changes.map((change) => [changeId(change), change]));
}
