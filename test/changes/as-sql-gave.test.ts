import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StationChange } from '@velolog/stream/change-record';
import type { PollRecord } from '@velolog/stream/poll-record';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { storeDirectly } from '../faults/store-directly.ts';
import { startStoreProcess } from '../faults/store-process.ts';
import { randomPolls } from '../history/random-polls.ts';
import { createTestDatabase } from '../servers/test-database.ts';
import { startTestWorker } from '../workers/test-worker.ts';
import { BEGUN, type ChangesRig, changesOf, openChangesRig, WITH_CHANGES } from './changes-rig.ts';

const seed = Number(process.env.SEED ?? Date.now() % 100_000);

let rig: ChangesRig;
let folder: string;
beforeAll(async () => {
  rig = await openChangesRig();
  folder = await mkdtemp(join(tmpdir(), 'velolog-changes-'));
});
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** A store of its own process, which can be killed. */
function startStore(name: string) {
  return startStoreProcess(name, folder, {
    KAFKA_BROKERS: inject('brokers'),
    KAFKA_GROUP_ID: `${rig.topics.names.pollsTopic}-store`,
    KAFKA_SESSION_TIMEOUT_SECONDS: '6',
    DATABASE_URL: rig.database.url,
    LOG_LEVEL: 'warn',
    TEST_TOPICS: JSON.stringify({ ...rig.topics.names, changesTopic: rig.changesTopic }),
    ...WITH_CHANGES,
  });
}

test('turned on later, it begins then; despite kill -9 after a commit and after Kafka took the changes, and with two stores, it has each change as SQL gave it when it was published, with the same id and values, and none of imported history', async () => {
  console.log(`changes: SEED=${seed}`);
  const polls = randomPolls(seed, { systems: 4, polls: 90, stations: 8 });
  // The first record of each system is a live poll, so that all that is imported comes as history.
  const first = polls.findIndex(({ imported }) => !imported);
  polls.splice(0, first);
  const part = (number: number) =>
    polls.slice((number * polls.length) / 5, ((number + 1) * polls.length) / 5);

  const before = await startTestWorker(rig.database, rig.topics);
  await rig.publish(part(0));
  await rig.untilPollsStored();
  await before.stop();
  const marks =
    await rig.client.query(`select max(to_at) as at, count(*)::int as systems from velolog.observed_range
    join velolog.feed using (feed_key) where feed = 'station_status'`);

  const afterCommit = startStore('dies-after-commit');
  await afterCommit.joined;
  await rig.until(BEGUN);
  await rig.publish(part(1));
  await rig.untilAllPublished();
  afterCommit.order({ point: 'after_commit', act: 'die' });
  await rig.publish(part(2));
  await afterCommit.ended;

  const beforeMark = startStore('dies-before-mark');
  beforeMark.order({ point: 'before_mark', act: 'die' });
  await beforeMark.ended;

  const [leaves, stays] = [startStore('leaves'), startStore('stays')];
  await Promise.all([leaves.joined, stays.joined]);
  await rig.publish(part(3));
  leaves.kill('SIGTERM');
  await rig.publish(part(4));
  await Promise.all([leaves.ended, rig.untilAllPublished()]);

  const events = await rig.readEvents();
  stays.kill('SIGTERM');
  await stays.ended;

  const startedAt = await beginnings(part(0));
  const isWanted = ({ system_id, observed_at }: StationChange) => {
    const from = startedAt.get(system_id);
    return from === undefined ? observed_at >= '2026-06-15' : observed_at > from;
  };
  const gave = await givenSinceStored(polls, await changesOf(rig.client, null));
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
