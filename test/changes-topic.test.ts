import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { changeId, type StationChange } from '@velolog/stream/change-record';
import { StallingLine } from '@velolog/stream/kafka/test-stalling-line';
import type { PollRecord } from '@velolog/stream/poll-record';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { storeDirectly } from './faults/store-directly.ts';
import { startStoreProcess } from './faults/store-process.ts';
import { randomPolls } from './history/random-polls.ts';
import { createTestDatabase, type TestDatabase } from './servers/test-database.ts';
import { ANSWERED } from './workers/answered.ts';
import { startTestPublisher } from './workers/test-publisher.ts';
import { createTestTopics, startTestWorker, type TestTopics } from './workers/test-worker.ts';
import { untilStored } from './workers/until-stored.ts';

type Event = { id: string; key: string; type: string; change: StationChange };

const seed = Number(process.env.SEED ?? Date.now() % 100_000);

let topics: TestTopics;
let database: TestDatabase;
let client: pg.Client;
let folder: string;
let changesTopic: string;

beforeAll(async () => {
  topics = await createTestTopics(2);
  changesTopic = `${topics.names.pollsTopic}.changes`;
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  folder = await mkdtemp(join(tmpdir(), 'velolog-changes-'));
});
afterAll(async () => {
  await client.end();
  await topics.admin.deleteTopics({ topics: [changesTopic] }).catch(() => {});
  await topics[Symbol.asyncDispose]();
  await database.drop();
  await rm(folder, { recursive: true });
});

const WITH_CHANGES = { CHANGES_TOPIC: '1', KAFKA_TOPIC_PARTITIONS: '3' };

/** A store of its own process, which can be killed. */
function startStore(name: string) {
  return startStoreProcess(name, folder, {
    KAFKA_BROKERS: inject('brokers'),
    KAFKA_GROUP_ID: `${topics.names.pollsTopic}-store`,
    KAFKA_SESSION_TIMEOUT_SECONDS: '6',
    DATABASE_URL: database.url,
    LOG_LEVEL: 'warn',
    TEST_TOPICS: JSON.stringify({ ...topics.names, changesTopic }),
    ...WITH_CHANGES,
  });
}

async function until(query: string): Promise<void> {
  while (!(await client.query(`select (${query}) as done`)).rows[0].done) await wait(50);
}

const BEGUN = 'select exists (select from velolog.changes_topic)';
const PUBLISHED = `
  select not exists (select from velolog.published_change as published join velolog.feed using (system_key)
    join velolog.observed_range using (feed_key) where feed.feed = 'station_status' and to_at > published_to)
  and (select count(*) from velolog.published_change) = (select count(*) from velolog.feed where feed = 'station_status')`;

async function publish(polls: PollRecord[]): Promise<void> {
  await topics.publish(polls);
}

async function untilAllPublished(): Promise<void> {
  await untilStored(database.url, await topics.ends(), false, topics.names.pollsTopic);
  await until(PUBLISHED);
}

/** Everything in the topic, in the order of each partition. */
async function readEvents(): Promise<Event[]> {
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
async function changesOf(asked: pg.Client, system_id: string | null): Promise<Map<string, StationChange>> {
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

test('turned on later, it begins then; despite kill -9 after a commit and after Kafka took the changes, and with two stores, it has each change as SQL gave it when it was published, with the same id and values, and none of imported history', async () => {
  console.log(`changes: SEED=${seed}`);
  const polls = randomPolls(seed, { systems: 4, polls: 90, stations: 8 });
  // The first record of each system is a live poll, so that all that is imported comes as history.
  const first = polls.findIndex(({ imported }) => !imported);
  polls.splice(0, first);
  const part = (number: number) =>
    polls.slice((number * polls.length) / 5, ((number + 1) * polls.length) / 5);

  const before = await startTestWorker(database, topics);
  await publish(part(0));
  await untilStored(database.url, await topics.ends(), false, topics.names.pollsTopic);
  await before.stop();
  const marks =
    await client.query(`select max(to_at) as at, count(*)::int as systems from velolog.observed_range
    join velolog.feed using (feed_key) where feed = 'station_status'`);

  const afterCommit = startStore('dies-after-commit');
  await afterCommit.joined;
  await until(BEGUN);
  await publish(part(1));
  await untilAllPublished();
  afterCommit.order({ point: 'after_commit', act: 'die' });
  await publish(part(2));
  await afterCommit.ended;

  const beforeMark = startStore('dies-before-mark');
  beforeMark.order({ point: 'before_mark', act: 'die' });
  await beforeMark.ended;

  const [leaves, stays] = [startStore('leaves'), startStore('stays')];
  await Promise.all([leaves.joined, stays.joined]);
  await publish(part(3));
  leaves.kill('SIGTERM');
  await publish(part(4));
  await Promise.all([leaves.ended, untilAllPublished()]);

  const events = await readEvents();
  stays.kill('SIGTERM');
  await stays.ended;

  const startedAt = await beginnings(part(0));
  const isWanted = ({ system_id, observed_at }: StationChange) => {
    const from = startedAt.get(system_id);
    return from === undefined ? observed_at >= '2026-06-15' : observed_at > from;
  };
  const gave = await givenSinceStored(polls, await changesOf(client, null));
  const published = new Map(events.map(({ id, change }) => [id, change]));
  const wanted = [...gave].filter(([, given]) => given.every((change) => change && isWanted(change)));
  expect(marks.rows[0].systems).toBeGreaterThan(0);
  expect(wanted.length).toBeGreaterThan(100);
  expect(wanted.map(([id]) => id).filter((id) => !published.has(id))).toEqual([]);
  // What the kill left unmarked came again.
  expect(events.length).toBeGreaterThan(published.size);
  for (const [id, change] of published) {
    expect(isWanted(change)).toBe(true);
    expect(gave.get(id)?.map(valuesOf)).toContainEqual(valuesOf(change));
  }
  for (const { key, type, change } of events) {
    expect(key).toBe(`${change.system_id}/${change.station_id}`);
    expect(type).toBe('org.velolog.station_change');
  }
}, 180_000);

/** Without name and place, which a station_information may have told since: SQL says those of today. */
function valuesOf(change: StationChange | undefined) {
  if (change === undefined) return undefined;
  const { name, lat, lon, ...values } = change;
  return values;
}

/**
 * What SQL has given of each live change since it was stored: the same row throughout, unless history of its system was imported after it.
 * That may give the first change of a station other previous values, make it a change, or none (undefined).
 */
async function givenSinceStored(
  polls: PollRecord[],
  inSql: Map<string, StationChange>,
): Promise<Map<string, (StationChange | undefined)[]>> {
  const stored = new Map<string, number>();
  for (const [index, { system_id, fetched_at, imported }] of polls.entries())
    if (!imported) stored.set(`${system_id} ${fetched_at.toISOString()}`, index);
  const beforeImports: { index: number; system_id: string; changes: Map<string, StationChange> }[] = [];
  const database = await createTestDatabase();
  const asked = new pg.Client({ connectionString: database.url });
  await asked.connect();
  let index = -1;
  await storeDirectly(database.url, polls, undefined, async () => {
    index += 1;
    const { imported, system_id = '' } = polls[index + 1] ?? {};
    if (imported) beforeImports.push({ index, system_id, changes: await changesOf(asked, system_id) });
  });
  const last = await changesOf(asked, null);
  await asked.end();
  await database.drop();
  expect([...last].map(([id, change]) => [id, valuesOf(change)])).toEqual(
    [...inSql].map(([id, change]) => [id, valuesOf(change)]),
  );
  const gave = new Map<string, (StationChange | undefined)[]>();
  for (const [id, { system_id, observed_at }] of [
    ...beforeImports.flatMap(({ changes }) => [...changes]),
    ...last,
  ]) {
    const at = stored.get(`${system_id} ${observed_at}`);
    if (at === undefined) continue;
    const since = beforeImports.filter((moment) => moment.system_id === system_id && moment.index >= at);
    gave.set(id, [...since.map(({ changes }) => changes.get(id)), last.get(id)]);
  }
  return gave;
}

/** The newest live poll of each system among these. */
async function beginnings(polls: PollRecord[]): Promise<Map<string, string>> {
  const newest = new Map<string, string>();
  for (const { system_id, fetched_at, imported, feed } of polls) {
    const at = fetched_at.toISOString();
    if (imported || feed !== 'station_status' || at > '2027') continue;
    if (at > (newest.get(system_id) ?? '')) newest.set(system_id, at);
  }
  return newest;
}

test('history that is imported later changes the previous values that SQL gives, and neither an event that was published nor the topic', async () => {
  const on = await startTestWorker(database, topics, { env: WITH_CHANGES, changesTopic });
  const toldOf = ({ station_id, observed_at, prev_num_bikes_available, bikes_delta }: StationChange) =>
    [station_id, observed_at, prev_num_bikes_available, bikes_delta].join(' ');
  const told = async () =>
    (await readEvents())
      .filter(({ key }) => key.startsWith('then/'))
      .map(({ change }) => toldOf(change))
      .sort();
  const toldBySql = async () =>
    [...(await changesOf(client, 'then')).values()]
      .filter(({ observed_at }) => observed_at > '2026')
      .map(toldOf)
      .sort();

  await until(BEGUN);
  await publish([listPoll('2026-07-01T12:01Z', { a: 1 })]);
  await publish([listPoll('2025-01-01T00:00Z', { a: 1, moves: 2, same: 2 }, { imported: true })]);
  await publish([listPoll('2026-07-01T12:02Z', { a: 1, moves: 5, same: 5, new: 5 })]);
  await untilAllPublished();
  const first = ['moves 2026-07-01T12:02:00.000Z 2 3', 'same 2026-07-01T12:02:00.000Z 2 3'];
  expect(await told()).toEqual(first);
  expect(await toldBySql()).toEqual(first);

  await publish([listPoll('2025-06-01T00:00Z', { a: 1, moves: 1, same: 5, new: 1 }, { imported: true })]);
  await publish([listPoll('2026-07-01T12:03Z', { a: 1, moves: 6, same: 5, new: 5 })]);
  await untilAllPublished();
  const next = 'moves 2026-07-01T12:03:00.000Z 5 1';
  expect(await told()).toEqual([...first, next].sort());
  expect(await toldBySql()).toEqual([
    'moves 2026-07-01T12:02:00.000Z 1 4',
    next,
    'new 2026-07-01T12:02:00.000Z 1 4',
  ]);
  await on.stop();
});

test('the first poll of a system whose history ended years before is published at once, with what changed since', async () => {
  const on = await startTestWorker(database, topics, { env: WITH_CHANGES, changesTopic });
  await until(BEGUN);
  await publish([listPoll('2016-01-01T00:00Z', { a: 1 }, { system_id: 'years', imported: true })]);
  await untilAllPublished();
  await publish([listPoll('2026-07-01T12:01Z', { a: 3 }, { system_id: 'years' })]);
  await untilAllPublished();
  await on.stop();
  const events = (await readEvents()).filter(({ key }) => key === 'years/a');
  expect(events.map(({ change }) => change.bikes_delta)).toEqual([2]);
});

test('changes of live polls that are not published yet when history after the last poll is imported are published all the same, and what was imported is not', async () => {
  const on = await startTestWorker(database, topics, { env: WITH_CHANGES, changesTopic });
  await until(BEGUN);
  const poll = (at: string, bikes: number, imported = false) =>
    listPoll(at, { a: bikes }, { system_id: 'overtaken', imported });
  await publish([poll('2026-07-01T12:00Z', 1)]);
  await untilAllPublished();
  // As a store that is publishing the system: nobody else does until the lock is free.
  const lock = `(x'63686e67'::int, (select system_key from velolog.system where system_id = 'overtaken'))`;
  await client.query(`select pg_advisory_lock${lock}`);
  await publish([poll('2026-07-01T12:01Z', 3), poll('2026-07-01T12:02Z', 4)]);
  await publish([poll('2026-07-01T13:00Z', 9, true), poll('2026-07-02T13:00Z', 2, true)]);
  await untilStored(database.url, await topics.ends(), false, topics.names.pollsTopic);
  await client.query(`select pg_advisory_unlock${lock}`);
  await untilAllPublished();
  await on.stop();
  const events = (await readEvents()).filter(({ key }) => key === 'overtaken/a');
  expect(events.map(({ change }) => [change.observed_at, change.bikes_delta])).toEqual([
    ['2026-07-01T12:01:00.000Z', 2],
    ['2026-07-01T12:02:00.000Z', 1],
  ]);
});

function listPoll(at: string, bikes: Record<string, number>, as: Partial<PollRecord> = {}): PollRecord {
  const stations = Object.entries(bikes).map(([station_id, num_bikes_available]) => ({
    station_id,
    num_bikes_available,
  }));
  return {
    ...ANSWERED,
    system_id: 'then',
    ...as,
    fetched_at: new Date(at),
    body: Buffer.from(JSON.stringify({ data: { stations } })),
  };
}

test('turned off and on again it starts over, and a deleted topic is made again and continues with the next change', async () => {
  const off = await startTestWorker(database, topics);
  await until(`select not exists (select from velolog.published_change)`);
  await publish([pollOf('later', 1, 1), pollOf('later', 2, 2)]);
  await untilStored(database.url, await topics.ends(), false, topics.names.pollsTopic);
  await off.stop();
  await topics.admin.deleteTopics({ topics: [changesTopic] });

  const on = await startTestWorker(database, topics, { env: WITH_CHANGES, changesTopic });
  await until(BEGUN);
  await publish([pollOf('later', 3, 3)]);
  await untilAllPublished();
  const idOf = (minute: number) => `later/a/${pollOf('later', minute, 0).fetched_at.toISOString()}`;
  expect((await readEvents()).map(({ id }) => id)).toEqual([idOf(3)]);

  await topics.admin.deleteTopics({ topics: [changesTopic] });
  await publish([pollOf('later', 4, 0)]);
  await untilAllPublished();
  expect((await readEvents()).map(({ id }) => id)).toEqual([idOf(4)]);
  const told = await firstLineOfNotifier();
  await on.stop();
  expect(told).toBe(`${pollOf('later', 4, 0).fetched_at.toISOString()} later/a has no bikes left`);
});

test('while Kafka does not answer, nothing in the database waits for it: every table can be locked, another store does not send the same, and positions that moved meanwhile stay', async () => {
  const storing = await startTestWorker(database, topics);
  await until(`select not exists (select from velolog.published_change)`);
  await publish([pollOf('later', 5, 3)]);
  await untilStored(database.url, await topics.ends(), false, topics.names.pollsTopic);
  const sizeBefore = (await readEvents()).length;

  const line = new StallingLine();
  await using stalled = await startTestPublisher(topics, changesTopic, database, line);
  await until(BEGUN);
  await expect.poll(stalled.toldAt).toBeGreaterThan(0);
  line.stall();
  await publish([pollOf('later', 6, 4)]);
  await untilStored(database.url, await topics.ends(), false, topics.names.pollsTopic);
  await storing.stop();
  await line.asked;

  const tables = await client.query(`select string_agg(format('velolog.%I', tablename), ', ') as names
    from pg_tables where schemaname = 'velolog'`);
  await client.query(`begin; lock table ${tables.rows[0].names} in access exclusive mode nowait`);
  const open = await client.query(`select state, query from pg_stat_activity
    where datname = current_database() and xact_start is not null and pid <> pg_backend_pid() and backend_type = 'client backend'`);
  await client.query('rollback');
  expect(open.rows).toEqual([]);

  await using other = await startTestPublisher(topics, changesTopic, database);
  await expect.poll(other.toldAt).toBeGreaterThan(0);
  expect(await other.sent()).toBe(0);
  await client.query(`update velolog.published_change set published_to = published_to + interval '1 year'`);
  const moved = await client.query('select * from velolog.published_change order by system_key');
  line.resume();
  await expect.poll(stalled.sent).toBe(1);
  const toldAt = await stalled.toldAt();
  await expect.poll(stalled.toldAt).toBeGreaterThan(toldAt);
  expect((await client.query('select * from velolog.published_change order by system_key')).rows).toEqual(
    moved.rows,
  );
  const events = await readEvents();
  expect(events.length).toBe(sizeBefore + 1);
  expect(events.map(({ id }) => id)).toContain(`later/a/${pollOf('later', 6, 0).fetched_at.toISOString()}`);
});

/** The example of docs/changes.md, as it stands there. */
async function firstLineOfNotifier(): Promise<string> {
  const script = fileURLToPath(new URL('../docs/examples/notify-empty.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, inject('brokers'), changesTopic], {
    env: {
      ...process.env,
      NOTIFY_FROM_BEGINNING: '1',
      NOTIFY_GROUP: `${changesTopic}-notify`,
      KAFKAJS_NO_PARTITIONER_WARNING: '1',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  child.kill('SIGKILL');
  return line;
}

function pollOf(system_id: string, minute: number, bikes: number): PollRecord {
  const stations = [{ station_id: 'a', num_bikes_available: bikes, num_docks_available: 5 }];
  return {
    ...ANSWERED,
    system_id,
    fetched_at: new Date(Date.UTC(2026, 6, 1, 12, minute)),
    body: Buffer.from(JSON.stringify({ data: { stations } })),
  };
}
