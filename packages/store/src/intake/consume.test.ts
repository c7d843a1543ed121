import type { PollRecord } from '@velolog/stream/poll-record';
import type pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readTableRows } from '../../../../test/history/table-rows.ts';
import type { TestDatabase } from '../../../../test/servers/test-database.ts';
import { statusPoll } from '../../../../test/workers/status-poll.ts';
import {
  openStoreSurroundings,
  type StoreSurroundings,
} from '../../../../test/workers/store-surroundings.ts';
import { startTestWorker, type TestTopics } from '../../../../test/workers/test-worker.ts';
import { untilStored } from '../../../../test/workers/until-stored.ts';
import { readMigrations, writerVersionOf } from '../migrate/migrations.ts';

const WRITER_VERSION = writerVersionOf(readMigrations());

let surroundings: StoreSurroundings;
let topics: TestTopics;
let database: TestDatabase;
let client: pg.Client;

beforeEach(async () => {
  surroundings = await openStoreSurroundings(1);
  ({ topics, database, client } = surroundings);
});
afterEach(() => surroundings[Symbol.asyncDispose]());

/** A poll a minute; in each the station has as many bikes as minutes have passed. */
function minutes(from: number, to: number, ballast = ''): PollRecord[] {
  return Array.from({ length: to - from }, (_, index) => {
    const num_bikes_available = from + index;
    return statusPoll('city', from + index, {
      data: { stations: [{ station_id: '1', num_bikes_available }] },
      ballast,
    });
  });
}

async function ask(query: string): Promise<Record<string, unknown>[]> {
  return (await client.query(query)).rows;
}

const bikes = async () =>
  (await ask('select num_bikes_available as n from velolog.station_status order by observed_at')).map(
    ({ n }) => n,
  );
const losses = () =>
  ask('select from_offset::int, to_offset::int from velolog.kafka_loss order by from_offset');
const coverage = async () =>
  (
    await ask(
      "select outcome, polls, extract(epoch from from_at - timestamptz '2026-06-15T12:00Z')::int / 60 as minute from velolog.coverage order by from_at, outcome",
    )
  ).map(({ outcome, polls, minute }) => [minute, outcome, polls]);

async function storeAll(): Promise<void> {
  const worker = await startTestWorker(database, topics);
  for (const topic of [topics.names.pollsTopic, topics.vehiclePollsTopic])
    await untilStored(database.url, await topics.ends(topic), true, topic);
  await worker.stop();
}

async function removeBelow(offset: number, topic = topics.names.pollsTopic): Promise<void> {
  await topics.ends(topic); // kafkajs must have met the topic before
  await topics.admin.deleteTopicRecords({
    topic,
    partitions: [{ partition: 0, offset: String(offset) }],
  });
}

test('records that retention removed before they were read count as a gap of observation, and the rest is stored', async () => {
  await topics.publish(minutes(0, 10));
  await storeAll();
  await topics.publish(minutes(10, 20));
  await removeBelow(15);
  await storeAll();
  expect(await bikes()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 18, 19]);
  expect(await losses()).toEqual([{ from_offset: 10, to_offset: 15 }]);
  expect(await coverage()).toEqual([
    [0, 'observed', 10],
    [9, 'lost', 0],
    [15, 'observed', 5],
  ]);
  const [change] = await ask(
    'select prev_num_bikes_available as prev, gap_seconds::float8 as gap from api.station_change where num_bikes_available = 15',
  );
  expect(change).toEqual({ prev: 9, gap: expect.closeTo(360, 1) });
});

test('records of vehicles that retention removed leave open whether one left or came in that time, and cost the stations nothing', async () => {
  const listOf = (minute: number) =>
    ['stood', minute < 5 ? 'left' : 'came'].map((bike_id, index) => ({
      bike_id,
      lat: 59.9 + (minute < 5 ? index : 2 * index) / 100,
      lon: 10.7,
    }));
  const both = (from: number, to: number) =>
    minutes(from, to).flatMap((poll, index) => [
      poll,
      {
        ...poll,
        feed: 'free_bike_status',
        body: Buffer.from(JSON.stringify({ data: { bikes: listOf(from + index) } })),
      },
    ]);
  await topics.publish(both(0, 5));
  await storeAll();
  await topics.publish(both(5, 15));
  await removeBelow(10, topics.vehiclePollsTopic);
  await storeAll();
  expect(await bikes()).toEqual(Array.from({ length: 15 }, (_, minute) => minute));
  expect(await losses()).toEqual([{ from_offset: 5, to_offset: 10 }]);
  expect(
    await ask(
      'select feed, outcome, polls from velolog.coverage join velolog.feed using (feed_key) order by feed, from_at',
    ),
  ).toEqual([
    { feed: 'free_bike_status', outcome: 'observed', polls: 5 },
    { feed: 'free_bike_status', outcome: 'lost', polls: 0 },
    { feed: 'free_bike_status', outcome: 'observed', polls: 5 },
    { feed: 'station_status', outcome: 'observed', polls: 15 },
  ]);
  const minuteOf = (time: string) =>
    `extract(epoch from ${time} - timestamptz '2026-06-15T12:00Z')::int / 60`;
  expect(
    await ask(`select lat_e5, ${minuteOf('from_at')} as from_minute, ${minuteOf('to_at')} as to_minute, begin_seen, end_seen
      from velolog.vehicle_stay order by lat_e5`),
  ).toEqual([
    { lat_e5: 5_990_000, from_minute: 0, to_minute: null, begin_seen: false, end_seen: null },
    { lat_e5: 5_991_000, from_minute: 0, to_minute: 10, begin_seen: false, end_seen: false },
    { lat_e5: 5_992_000, from_minute: 10, to_minute: null, begin_seen: false, end_seen: null },
  ]);
});

test('records that retention removes under a worker that is reading count as a gap too', async () => {
  const held = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const worker = await startTestWorker(database, topics, {
    passing: async (at) => {
      if (at !== 'before_transaction') return;
      reached.resolve();
      await held.promise;
    },
  });
  // More than one fetch brings: 256 KiB a partition.
  const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(48_000))).toString('base64');
  for (const poll of minutes(0, 30, noise)) await topics.publish([poll]);
  await reached.promise;
  await removeBelow(25);
  held.resolve();
  await untilStored(database.url, await topics.ends());
  await worker.stop();
  const stored = await bikes();
  const [loss] = await losses();
  expect(loss?.to_offset).toBe(25);
  const from = Number(loss?.from_offset);
  expect(from).toBeLessThan(25);
  expect(stored).toEqual([...Array(from).keys(), 25, 26, 27, 28, 29]);
  expect((await coverage()).map(([, outcome]) => outcome)).toEqual(['observed', 'lost', 'observed']);
});

test('a topic that was deleted and recreated is read from its beginning, and the lost end of the old one is a gap', async () => {
  await topics.publish(minutes(0, 10));
  await storeAll();
  await topics.admin.deleteTopics({ topics: [topics.names.pollsTopic] });
  await topics.create();
  await topics.publish(minutes(10, 13));
  await storeAll();
  expect(await bikes()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(await ask('select next_offset::int from velolog.kafka_position')).toEqual([{ next_offset: 3 }]);
  expect((await coverage()).map(([, outcome]) => outcome)).toEqual(['observed', 'lost', 'observed']);
});

test('a topic recreated while no worker read it is read from its beginning, even if it is longer than the old one', async () => {
  await topics.publish(minutes(0, 10));
  await storeAll();
  await topics.admin.deleteTopics({ topics: [topics.names.pollsTopic] });
  await topics.create();
  await topics.publish(minutes(10, 30));
  await storeAll();
  expect(await bikes()).toEqual([...Array(30).keys()]);
  expect((await coverage()).map(([, outcome]) => outcome)).toEqual(['observed', 'lost', 'observed']);
  expect(await ask('select from_offset::int, to_offset, reason from velolog.kafka_loss')).toEqual([
    { from_offset: 10, to_offset: null, reason: 'made_anew' },
  ]);
});

test('a topic recreated under a running worker is read from its beginning, and the loss is counted', async () => {
  const worker = await startTestWorker(database, topics);
  await topics.publish(minutes(0, 10));
  await untilStored(database.url, await topics.ends(), true);
  await topics.admin.deleteTopics({ topics: [topics.names.pollsTopic] });
  await topics.create();
  await topics.publish(minutes(10, 30));
  await untilStored(database.url, await topics.ends(), true);
  const metrics = await (await fetch(`${worker.health.url}/metrics`)).text();
  await worker.stop();
  expect(await bikes()).toEqual([...Array(30).keys()]);
  expect((await coverage()).map(([, outcome]) => outcome)).toEqual(['observed', 'lost', 'observed']);
  expect(metrics).toMatch(/^velolog_lost_records_total [1-9]/m);
});

test('a position of an earlier version, without topic id and epoch, is gone on from', async () => {
  await topics.publish(minutes(0, 10));
  await storeAll();
  await ask('update velolog.kafka_position set topic_id = null, leader_epoch = null');
  await topics.publish(minutes(10, 20));
  await storeAll();
  expect(await bikes()).toEqual([...Array(20).keys()]);
  expect(await losses()).toEqual([]);
  expect(await ask('select topic_id, leader_epoch from velolog.kafka_position')).toEqual([
    { topic_id: expect.stringMatching(/^[\w-]{22}$/), leader_epoch: expect.any(Number) },
  ]);
});

test('a topic that comes back, as where two clusters share an id, is read on from where it was left', async () => {
  await topics.publish(minutes(0, 10));
  await storeAll();
  const [position] = await ask('select topic_id from velolog.kafka_position');
  // As if another cluster of this id had been read since.
  await ask(`insert into velolog.kafka_loss (cluster_id, topic, partition, from_offset, topic_id, reason)
    select cluster_id, topic, partition, next_offset, topic_id, 'made_anew' from velolog.kafka_position`);
  await ask(
    `set velolog.writer_version = '${WRITER_VERSION}'; update velolog.kafka_position set topic_id = 'of-the-other-cluster', next_offset = 4711`,
  );
  await topics.publish(minutes(10, 12));
  const worker = await startTestWorker(database, topics);
  await expect.poll(bikes).toEqual([...Array(12).keys()]);
  const metrics = await (await fetch(`${worker.health.url}/metrics`)).text();
  await worker.stop();
  expect(metrics).not.toMatch(/velolog_dead_letters_total\{/);
  expect(await ask('select topic_id, next_offset::int from velolog.kafka_position')).toEqual([
    { ...position, next_offset: 12 },
  ]);
});

test('another cluster is read from its beginning, and records that are there again change nothing', async () => {
  await topics.publish(minutes(0, 10));
  await storeAll();
  const before = await readTableRows(database.url);
  // As if these tables had been filled from a cluster that is gone.
  await ask(
    `set velolog.writer_version = '${WRITER_VERSION}'; update velolog.kafka_position set cluster_id = 'gone', next_offset = 4711`,
  );
  await storeAll();
  const positions = await ask('select cluster_id, next_offset::int from velolog.kafka_position');
  expect(positions).toContainEqual({ cluster_id: 'gone', next_offset: 4711 });
  expect(positions).toContainEqual({ cluster_id: expect.not.stringMatching('gone'), next_offset: 10 });
  // Until the next poll is stored, they count as refused: a clock that was set back sends the same.
  const apart = { kafka_position: null, feed: null };
  expect({ ...(await readTableRows(database.url)), ...apart }).toEqual({ ...before, ...apart });
  const refused = () => ask('select refused_polls, refused_reason, refused_since from velolog.feed');
  expect(await refused()).toMatchObject([{ refused_polls: 10, refused_reason: 'stale' }]);
  await topics.publish(minutes(10, 11));
  await storeAll();
  expect(await refused()).toEqual([{ refused_polls: 0, refused_reason: null, refused_since: null }]);
});
