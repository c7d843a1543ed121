import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { StationChange } from '@velolog/stream/change-record';
import { StallingLine } from '@velolog/stream/kafka/test-stalling-line';
import type { PollRecord } from '@velolog/stream/poll-record';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { ANSWERED } from '../workers/answered.ts';
import { startTestPublisher } from '../workers/test-publisher.ts';
import { startTestWorker } from '../workers/test-worker.ts';
import { BEGUN, type ChangesRig, changesOf, openChangesRig } from './changes-rig.ts';

let rig: ChangesRig;
beforeAll(async () => {
  rig = await openChangesRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

test('history that is imported later changes the previous values that SQL gives, and neither an event that was published nor the topic', async () => {
  const on = await rig.startPublishing();
  const toldOf = ({ station_id, observed_at, prev_num_bikes_available, bikes_delta }: StationChange) =>
    [station_id, observed_at, prev_num_bikes_available, bikes_delta].join(' ');
  const told = async () =>
    (await rig.readEvents())
      .filter(({ key }) => key.startsWith('then/'))
      .map(({ change }) => toldOf(change))
      .sort();
  const toldBySql = async () =>
    [...(await changesOf(rig.client, 'then')).values()]
      .filter(({ observed_at }) => observed_at > '2026')
      .map(toldOf)
      .sort();

  await rig.until(BEGUN);
  await rig.publish([listPoll('2026-07-01T12:01Z', { a: 1 })]);
  await rig.publish([listPoll('2025-01-01T00:00Z', { a: 1, moves: 2, same: 2 }, { imported: true })]);
  await rig.publish([listPoll('2026-07-01T12:02Z', { a: 1, moves: 5, same: 5, new: 5 })]);
  await rig.untilAllPublished();
  const first = ['moves 2026-07-01T12:02:00.000Z 2 3', 'same 2026-07-01T12:02:00.000Z 2 3'];
  expect(await told()).toEqual(first);
  expect(await toldBySql()).toEqual(first);

  await rig.publish([listPoll('2025-06-01T00:00Z', { a: 1, moves: 1, same: 5, new: 1 }, { imported: true })]);
  await rig.publish([listPoll('2026-07-01T12:03Z', { a: 1, moves: 6, same: 5, new: 5 })]);
  await rig.untilAllPublished();
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
  const on = await rig.startPublishing();
  await rig.until(BEGUN);
  await rig.publish([listPoll('2016-01-01T00:00Z', { a: 1 }, { system_id: 'years', imported: true })]);
  await rig.untilAllPublished();
  await rig.publish([listPoll('2026-07-01T12:01Z', { a: 3 }, { system_id: 'years' })]);
  await rig.untilAllPublished();
  await on.stop();
  const events = (await rig.readEvents()).filter(({ key }) => key === 'years/a');
  expect(events.map(({ change }) => change.bikes_delta)).toEqual([2]);
});

test('changes of live polls that are not published yet when history after the last poll is imported are published all the same, and what was imported is not', async () => {
  const on = await rig.startPublishing();
  await rig.until(BEGUN);
  const poll = (at: string, bikes: number, imported = false) =>
    listPoll(at, { a: bikes }, { system_id: 'overtaken', imported });
  await rig.publish([poll('2026-07-01T12:00Z', 1)]);
  await rig.untilAllPublished();
  // As a store that is publishing the system: nobody else does until the lock is free.
  const lock = `(x'63686e67'::int, (select system_key from velolog.system where system_id = 'overtaken'))`;
  await rig.client.query(`select pg_advisory_lock${lock}`);
  await rig.publish([poll('2026-07-01T12:01Z', 3), poll('2026-07-01T12:02Z', 4)]);
  await rig.publish([poll('2026-07-01T13:00Z', 9, true), poll('2026-07-02T13:00Z', 2, true)]);
  await rig.untilPollsStored();
  await rig.client.query(`select pg_advisory_unlock${lock}`);
  await rig.untilAllPublished();
  await on.stop();
  const events = (await rig.readEvents()).filter(({ key }) => key === 'overtaken/a');
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
  const off = await startTestWorker(rig.database, rig.topics);
  await rig.until(`select not exists (select from velolog.published_change)`);
  await rig.publish([pollOf('later', 1, 1), pollOf('later', 2, 2)]);
  await rig.untilPollsStored();
  await off.stop();
  await rig.topics.admin.deleteTopics({ topics: [rig.changesTopic] });

  const on = await rig.startPublishing();
  await rig.until(BEGUN);
  await rig.publish([pollOf('later', 3, 3)]);
  await rig.untilAllPublished();
  const idOf = (minute: number) => `later/a/${pollOf('later', minute, 0).fetched_at.toISOString()}`;
  expect((await rig.readEvents()).map(({ id }) => id)).toEqual([idOf(3)]);

  await rig.topics.admin.deleteTopics({ topics: [rig.changesTopic] });
  await rig.publish([pollOf('later', 4, 0)]);
  await rig.untilAllPublished();
  expect((await rig.readEvents()).map(({ id }) => id)).toEqual([idOf(4)]);
  const told = await firstLineOfNotifier();
  await on.stop();
  expect(told).toBe(`${pollOf('later', 4, 0).fetched_at.toISOString()} later/a has no bikes left`);
});

test('while Kafka does not answer, nothing in the database waits for it: every table can be locked, another store does not send the same, and positions that moved meanwhile stay', async () => {
  const storing = await startTestWorker(rig.database, rig.topics);
  await rig.until(`select not exists (select from velolog.published_change)`);
  await rig.publish([pollOf('later', 5, 3)]);
  await rig.untilPollsStored();
  const sizeBefore = (await rig.readEvents()).length;

  const line = new StallingLine();
  await using stalled = await startTestPublisher(rig.topics, rig.changesTopic, rig.database, line);
  await rig.until(BEGUN);
  await expect.poll(stalled.toldAt).toBeGreaterThan(0);
  line.stall();
  await rig.publish([pollOf('later', 6, 4)]);
  await rig.untilPollsStored();
  await storing.stop();
  await line.asked;

  const tables = await rig.client.query(`select string_agg(format('velolog.%I', tablename), ', ') as names
    from pg_tables where schemaname = 'velolog'`);
  await rig.client.query(`begin; lock table ${tables.rows[0].names} in access exclusive mode nowait`);
  const open = await rig.client.query(`select state, query from pg_stat_activity
    where datname = current_database() and xact_start is not null and pid <> pg_backend_pid() and backend_type = 'client backend'`);
  await rig.client.query('rollback');
  expect(open.rows).toEqual([]);

  await using other = await startTestPublisher(rig.topics, rig.changesTopic, rig.database);
  await expect.poll(other.toldAt).toBeGreaterThan(0);
  expect(await other.sent()).toBe(0);
  await rig.client.query(
    `update velolog.published_change set published_to = published_to + interval '1 year'`,
  );
  const moved = await rig.client.query('select * from velolog.published_change order by system_key');
  line.resume();
  await expect.poll(stalled.sent).toBe(1);
  const toldAt = await stalled.toldAt();
  await expect.poll(stalled.toldAt).toBeGreaterThan(toldAt);
  expect((await rig.client.query('select * from velolog.published_change order by system_key')).rows).toEqual(
    moved.rows,
  );
  const events = await rig.readEvents();
  expect(events.length).toBe(sizeBefore + 1);
  expect(events.map(({ id }) => id)).toContain(`later/a/${pollOf('later', 6, 0).fetched_at.toISOString()}`);
});

/** The example of docs/changes.md, as it stands there. */
async function firstLineOfNotifier(): Promise<string> {
  const script = fileURLToPath(new URL('../../docs/examples/notify-empty.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, inject('brokers'), rig.changesTopic], {
    env: {
      ...process.env,
      NOTIFY_FROM_BEGINNING: '1',
      NOTIFY_GROUP: `${rig.changesTopic}-notify`,
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
