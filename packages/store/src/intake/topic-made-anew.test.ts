import { createProducer } from '@velolog/stream/kafka/producer';
import { encodePoll, type PollRecord } from '@velolog/stream/poll-record';
import type pg from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startTcpProxy } from '../../../../test/servers/tcp-proxy.ts';
import type { TestDatabase } from '../../../../test/servers/test-database.ts';
import { minutePoll } from '../../../../test/workers/status-poll.ts';
import {
  openStoreSurroundings,
  type StoreSurroundings,
} from '../../../../test/workers/store-surroundings.ts';
import { silentLog, startTestWorker, type TestTopics } from '../../../../test/workers/test-worker.ts';
import { untilStored } from '../../../../test/workers/until-stored.ts';

const PARTITIONS = 4;
const SYSTEMS = 12;
let surroundings: StoreSurroundings;
let topics: TestTopics;
let database: TestDatabase;
let client: pg.Client;

beforeEach(async () => {
  surroundings = await openStoreSurroundings(PARTITIONS);
  ({ topics, database, client } = surroundings);
});
afterEach(() => surroundings[Symbol.asyncDispose]());

/** A poll a minute of each system; in each the station has as many bikes as minutes have passed. */
function minutes(from: number, to: number): PollRecord[] {
  return Array.from({ length: (to - from) * SYSTEMS }, (_, index) => {
    const minute = from + Math.floor(index / SYSTEMS);
    return minutePoll(`system-${index % SYSTEMS}`, minute);
  });
}

/** With a producer that has not met the topic as it was. */
async function publishAnew(polls: PollRecord[]): Promise<void> {
  const producer = createProducer(topics.kafka);
  await producer.connect();
  await producer.send({ topic: topics.names.pollsTopic, messages: polls.map(encodePoll) });
  await producer.disconnect();
}

async function endsAnew(): Promise<Map<number, bigint>> {
  const admin = topics.kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topics.names.pollsTopic);
  await admin.disconnect();
  return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]));
}

async function ask(query: string): Promise<Record<string, unknown>[]> {
  const { rows } = await client.query(query);
  return rows;
}

test.each([PARTITIONS, PARTITIONS + 3, PARTITIONS - 2, 1])(
  'a topic of 4 partitions recreated with %i under two workers is read by the same workers from its beginning, and the loss shows once for each system',
  async (partitions) => {
    const workers = await Promise.all(
      [0, 1].map(() => startTestWorker(database, topics, { env: { STORE_PORT: '0' } })),
    );
    const ended = Promise.race(workers.map(({ stopped }) => stopped));
    await topics.publish(minutes(0, 5));
    await untilStored(database.url, await topics.ends(), true);
    await topics.admin.deleteTopics({ topics: [topics.names.pollsTopic] });
    await topics.create(partitions);
    await publishAnew(minutes(5, 12));
    const ends = await endsAnew();
    expect(ends.size).toBe(partitions);
    await Promise.race([untilStored(database.url, ends, true), ended]);
    await Promise.all(workers.map((worker) => worker.stop()));
    const bikes = await ask(
      `select system_id, array_agg(num_bikes_available::int4 order by observed_at) as bikes from velolog.station_status
       join velolog.station using (station_key) join velolog.system using (system_key) group by 1`,
    );
    expect(bikes).toHaveLength(SYSTEMS);
    for (const row of bikes) expect(row.bikes).toEqual([...Array(12).keys()]);
    const coverage = await ask(
      `select system_id, array_agg(outcome::text order by from_at, polls) as outcomes from velolog.coverage
       join velolog.feed using (feed_key) join velolog.system using (system_key) group by 1`,
    );
    expect(coverage).toHaveLength(SYSTEMS);
    for (const row of coverage) expect(row.outcomes).toEqual(['observed', 'lost', 'observed']);
    const losses = await ask(
      "select partition from velolog.kafka_loss where reason = 'made_anew' order by partition",
    );
    expect(losses.map(({ partition }) => partition)).toEqual([0, 1, 2, 3]);
  },
);

test('a worker that starts while its topic is being made anew waits for it', async () => {
  const [host, port] = new URL(database.url).host.split(':') as [string, string];
  await using proxy = await startTcpProxy({ host, port: Number(port) });
  await proxy.cut();
  const log = silentLog();
  const waiting = vi.spyOn(log, 'warn');
  const isWaiting = (what: string) =>
    waiting.mock.calls.some(([, message]) => String(message).startsWith(`Cannot ${what}`));
  const throughProxy = new URL(database.url);
  throughProxy.port = String(proxy.port);
  const started = startTestWorker({ ...database, url: throughProxy.href }, topics, { log });
  // It has made sure of its topics by then.
  await expect.poll(() => isWaiting('prepare the database')).toBe(true);
  await topics.admin.deleteTopics({ topics: [topics.names.pollsTopic] });
  await proxy.mend();
  await expect.poll(() => isWaiting(`read ${topics.names.pollsTopic}`), { timeout: 20_000 }).toBe(true);
  await topics.create(PARTITIONS);
  await publishAnew(minutes(0, 3));
  const worker = await started;
  await untilStored(database.url, await endsAnew(), true);
  await worker.stop();
  expect(await ask('select count(*)::int from velolog.station_status')).toEqual([{ count: 3 * SYSTEMS }]);
});
