import { randomBytes } from 'node:crypto';
import { partitionOf } from '@velolog/stream/kafka/partitioner';
import { encodePoll } from '@velolog/stream/poll-record';
import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TestDatabase } from '../../../../test/servers/test-database.ts';
import { minutePoll } from '../../../../test/workers/status-poll.ts';
import {
  openStoreSurroundings,
  type StoreSurroundings,
} from '../../../../test/workers/store-surroundings.ts';
import { startTestWorker, type TestTopics, type TestWorker } from '../../../../test/workers/test-worker.ts';
import { untilStored } from '../../../../test/workers/until-stored.ts';

let surroundings: StoreSurroundings;
let topics: TestTopics;
let database: TestDatabase;
let client: pg.Client;

beforeEach(async () => {
  surroundings = await openStoreSurroundings(2);
  ({ topics, database, client } = surroundings);
});
afterEach(() => surroundings[Symbol.asyncDispose]());

const nameIn = (partition: number, prefix: string) => {
  for (let number = 0; ; number++) {
    const name = `${prefix}-${number}`;
    if (partitionOf(name, 2) === partition) return name;
  }
};
/** Two systems of one partition, and one of the other. */
const [slow, good, elsewhere] = [nameIn(0, 'slow'), nameIn(0, 'good'), nameIn(1, 'elsewhere')];

/** The station is named as its system, so that `delayRows` can name it. */
const poll = (system_id: string, minute: number) => minutePoll(system_id, minute, system_id);

/** Writing a row of station_status waits while `condition` holds for its station. */
async function delayRows(condition: string): Promise<void> {
  await client.query(`
    create or replace function velolog.delay_rows() returns trigger language plpgsql as $$
    begin
      if exists (select from velolog.station where station_key = new.station_key and (${condition})) then
        perform pg_sleep(600);
      end if;
      return new;
    end $$`);
}

/** Made before there are rows: it asks for a lock that writers hold. */
async function delayRowsWhere(condition: string): Promise<void> {
  await delayRows(condition);
  await client.query(`
    create trigger delay_rows before insert on velolog.station_status
    for each row execute function velolog.delay_rows()`);
}

async function bikesOf(system_id: string): Promise<number[]> {
  const { rows } = await client.query(
    `select num_bikes_available as n from velolog.station_status join velolog.station using (station_key)
     join velolog.system using (system_key) where system_id = $1 order by observed_at`,
    [system_id],
  );
  return rows.map(({ n }) => n);
}

async function metricsOf(worker: TestWorker): Promise<string> {
  return await (await fetch(`${worker.health.url}/metrics`)).text();
}

const failures = async (worker: TestWorker, cause: string) =>
  Number(
    new RegExp(`^velolog_batch_failures_total\\{cause="${cause}"\\} (\\d+)`, 'm').exec(
      await metricsOf(worker),
    )?.[1] ?? 0,
  );

async function letterReasons(): Promise<string[]> {
  const [end] = await topics.admin.fetchTopicOffsets(topics.names.deadLettersTopic);
  const count = Number(end?.high);
  if (count === 0) return [];
  const consumer = topics.kafka.consumer({ groupId: `letters-${randomBytes(6).toString('hex')}` });
  await consumer.connect();
  await consumer.subscribe({ topic: topics.names.deadLettersTopic, fromBeginning: true });
  const found: string[] = [];
  const all = Promise.withResolvers<void>();
  await consumer.run({
    eachMessage: async ({ message }) => {
      found.push(`${message.key} ${message.headers?.dlreason}`);
      if (found.length >= count) all.resolve();
    },
  });
  await all.promise;
  await consumer.disconnect();
  return found;
}

test('a record for which the database takes too long, again and again, is the only one that is lost to the dead letters', async () => {
  await delayRowsWhere(`station_id = '${slow}'`);
  await topics.publish([0, 1, 2].flatMap((minute) => [poll(good, minute), poll(slow, minute)]));
  const worker = await startTestWorker(database, topics, { statementTimeoutMs: 1_000 });
  await untilStored(database.url, await topics.ends());
  expect(await failures(worker, 'statement_timeout')).toBeGreaterThan(0);
  expect(await failures(worker, 'database')).toBe(0);
  await worker.stop();
  expect(await bikesOf(good)).toEqual([0, 1, 2]);
  expect(await bikesOf(slow)).toEqual([]);
  expect(await letterReasons()).toEqual(Array(3).fill(`${slow} too_slow_for_database`));
});

test('while the database takes too long for every record, none is lost: they are stored when it is well again', async () => {
  await delayRowsWhere('true');
  await topics.publish([0, 1, 2].flatMap((minute) => [poll(good, minute), poll(slow, minute)]));
  const worker = await startTestWorker(database, topics, { statementTimeoutMs: 500 });
  await expect.poll(() => failures(worker, 'statement_timeout')).toBeGreaterThanOrEqual(5);
  await delayRows('false');
  await untilStored(database.url, await topics.ends());
  await worker.stop();
  expect(await bikesOf(good)).toEqual([0, 1, 2]);
  expect(await bikesOf(slow)).toEqual([0, 1, 2]);
  expect(await letterReasons()).toEqual([]);
});

test('a lock held by another session loses no record, and is distinguished from a slow database', async () => {
  const worker = await startTestWorker(database, topics);
  await client.query('begin; lock table velolog.station_status in exclusive mode');
  await topics.publish([poll(good, 0), poll(slow, 0)]);
  await expect.poll(() => failures(worker, 'lock_timeout')).toBeGreaterThanOrEqual(1);
  await client.query('rollback');
  await untilStored(database.url, await topics.ends());
  await worker.stop();
  expect([await bikesOf(good), await bikesOf(slow)]).toEqual([[0], [0]]);
  expect(await letterReasons()).toEqual([]);
});

test('a partition whose record takes long delays no other partition', async () => {
  await delayRowsWhere(`station_id = '${slow}'`);
  const worker = await startTestWorker(database, topics, { statementTimeoutMs: 300_000 });
  await topics.publish([poll(slow, 0), poll(elsewhere, 0)]);
  for (const minute of [1, 2, 3]) {
    await expect.poll(() => bikesOf(elsewhere)).toHaveLength(minute);
    await topics.publish([poll(slow, minute), poll(elsewhere, minute)]);
  }
  await expect.poll(() => bikesOf(elsewhere)).toHaveLength(4);
  expect(await bikesOf(slow)).toEqual([]);
  await delayRows('false');
  await client.query(`select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'`);
  await untilStored(database.url, await topics.ends());
  await worker.stop();
  expect(await bikesOf(slow)).toEqual([0, 1, 2, 3]);
  expect(await letterReasons()).toEqual([]);
});

describe('a partition that does not end with a record', () => {
  test.each([
    ['the marker of a transaction', true],
    ['a transaction that was given up', false],
  ])('%s: the position passes it, and no lag stays', async (_, commits) => {
    await topics.publish([poll(good, 0)]);
    const worker = await startTestWorker(database, topics);
    const producer = transactionalProducer();
    await producer.connect();
    for (const minute of [1, 2]) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: topics.names.pollsTopic, messages: [encodePoll(poll(good, minute))] });
      await (commits ? transaction.commit() : transaction.abort());
    }
    await producer.disconnect();
    await untilStored(database.url, await topics.ends(), true);
    const noLag = `velolog_consumer_lag_messages{topic="${topics.names.pollsTopic}",partition="0"} 0`;
    await expect.poll(() => metricsOf(worker)).toContain(noLag);
    await topics.publish([poll(good, 3)]);
    await untilStored(database.url, await topics.ends(), true);
    await worker.stop();
    expect(await bikesOf(good)).toEqual(commits ? [0, 1, 2, 3] : [0, 3]);
  });

  test('the position passes it also where the database did not let it at first, and no record comes after it', async () => {
    await topics.publish([poll(good, 0)]);
    const worker = await startTestWorker(database, topics, { statementTimeoutMs: 500 });
    await untilStored(database.url, await topics.ends());
    await client.query('begin; lock table velolog.kafka_position in exclusive mode');
    const producer = transactionalProducer();
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: topics.names.pollsTopic, messages: [encodePoll(poll(good, 1))] });
    await transaction.abort();
    await producer.disconnect();
    await expect.poll(() => failures(worker, 'statement_timeout')).toBeGreaterThanOrEqual(1);
    await client.query('rollback');
    await untilStored(database.url, await topics.ends(), true);
    await worker.stop();
    expect(await bikesOf(good)).toEqual([0]);
  });
});

function transactionalProducer() {
  return topics.kafka.producer({
    transactionalId: `transaction-${randomBytes(6).toString('hex')}`,
    idempotent: true,
    maxInFlightRequests: 1,
  });
}
