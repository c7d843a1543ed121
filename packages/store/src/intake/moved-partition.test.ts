import { type PollRecord, pollId } from '@velolog/stream/poll-record';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { storeDirectly } from '../../../../test/faults/store-directly.ts';
import { readTableRows } from '../../../../test/history/table-rows.ts';
import { createTestDatabase } from '../../../../test/servers/test-database.ts';
import { ANSWERED } from '../../../../test/workers/answered.ts';
import {
  openStoreSurroundings,
  type StoreSurroundings,
} from '../../../../test/workers/store-surroundings.ts';
import { START } from '../../../../test/workers/test-store.ts';
import { startTestWorker, type TestWorker } from '../../../../test/workers/test-worker.ts';
import { untilStored } from '../../../../test/workers/until-stored.ts';

// Each system goes through the same, in five parts. Between them a second worker joins, the first leaves, a third joins and leaves: so systems
// move to a worker that never had them, and back to one that had them before and remembers them as they were then.

const PARTITIONS = 4;
const SYSTEMS = Array.from({ length: 8 }, (_, index) => `system-${index}`);
const FUTURE_MINUTE = (Date.UTC(2099, 0, 1) - START) / 60_000;
const YEAR_MINUTES = 366 * 24 * 60;

type More = Partial<PollRecord> & { last_updated?: number };

function poll(
  system_id: string,
  feed: string,
  minute: number,
  data: object | null,
  { last_updated, ...more }: More = {},
): PollRecord {
  const body = data === null ? Buffer.alloc(0) : Buffer.from(JSON.stringify({ last_updated, ttl: 60, data }));
  return { ...ANSWERED, system_id, feed, fetched_at: new Date(START + minute * 60_000), body, ...more };
}

const bikes = (count: number, ids = ['1', '2', '3']) => ({
  stations: ids.map((station_id) => ({ station_id, num_bikes_available: count, num_docks_available: 5 })),
});
const named = (version: string, ids: string[]) => ({
  stations: ids.map((station_id) => ({ station_id, name: `${version} ${station_id}`, lat: 59.9, lon: 10.7 })),
});
const fleet = (ids: string[]) => ({
  bikes: ids.map((bike_id, index) => ({ bike_id, lat: 59.9 + index / 100, lon: 10.7 })),
});
const many = Array.from({ length: 1_100 }, (_, index) => `${index}`);
/** Epoch seconds of a minute, as publishers state them. */
const clock = (minute: number) => START / 1000 + minute * 60;

const refusedStatus = (system_id: string, day: number) =>
  poll(system_id, 'station_status', FUTURE_MINUTE + day, bikes(9));
const confirms = (system_id: string, feed: string, minute: number, of: PollRecord) =>
  poll(system_id, feed, minute, null, { outcome: 'unchanged', http_status: 304, body_id: pollId(of) });

/** The clock of `late` is set back by an hour at minute 1. */
const late = (system_id: string, minute: number, count: number) =>
  poll(`${system_id}-late`, 'station_status', minute, bikes(count), { last_updated: clock(minute - 60) });
const crowded = (system_id: string, minute: number, ids: string[]) =>
  poll(`${system_id}-crowded`, 'station_status', minute, bikes(4, ids));
const vehicles = (system_id: string, minute: number, data: object) =>
  poll(system_id, 'free_bike_status', minute, data);
const earlier = (system_id: string, minute: number, version: string, ids: string[]) =>
  poll(`${system_id}-earlier`, 'station_information', minute, named(version, ids), { imported: minute < 0 });

const PARTS: ((system_id: string) => PollRecord[])[] = [
  (id) => [
    poll(id, 'station_status', 0, bikes(1)),
    poll(id, 'station_information', 0, named('first', ['1', '2', '3'])),
    vehicles(id, 0, fleet(['a', 'b'])),
    poll(`${id}-late`, 'station_status', 0, bikes(1), { last_updated: clock(0) }),
    late(id, 1, 2),
    crowded(id, 0, many),
    crowded(id, 1, ['0']),
    earlier(id, 0, 'now', ['1', '2']),
    earlier(id, -YEAR_MINUTES, 'year ago', ['1', '2', '3', '4']),
    refusedStatus(id, 1),
  ],
  (id) => [
    refusedStatus(id, 2),
    poll(id, 'station_information', 1, named('second', ['1', '2'])),
    vehicles(id, 1, { bikes: [{ nonsense: true }] }),
    late(id, 5, 3),
    crowded(id, 2, ['0']),
    earlier(id, -YEAR_MINUTES + 10, 'later that year', ['1', '3', '4']),
  ],
  (id) => [
    refusedStatus(id, 3),
    poll(id, 'station_information', 2, named('third', ['1', '2'])),
    vehicles(id, 2, { nothing: [] }),
    late(id, 9, 4),
    earlier(id, -2 * YEAR_MINUTES, 'two years ago', ['1', '5']),
  ],
  (id) => [
    confirms(id, 'station_status', 3, refusedStatus(id, 3)),
    refusedStatus(id, 4),
    crowded(id, 3, ['0', '1099']),
    earlier(id, -YEAR_MINUTES + 20, 'end of that year', ['1', '4']),
  ],
  (id) => [refusedStatus(id, 5), vehicles(id, 3, fleet(['a'])), late(id, 11, 5), crowded(id, 4, many)],
];

let surroundings: StoreSurroundings;
/** When each part began, by the clock that the broker has, too. */
const began: Date[] = [];
/** What feed_health says of the refused polls after the third part, and at the end. */
const refusals: Record<string, unknown>[][] = [];

async function store(part: number): Promise<void> {
  const { topics, database } = surroundings;
  began.push(new Date());
  await topics.publish(SYSTEMS.flatMap((id) => PARTS[part]?.(id) ?? []));
  for (const topic of [topics.names.pollsTopic, topics.vehiclePollsTopic])
    await untilStored(database.url, await topics.ends(topic), false, topic);
}

/** Which partitions of polls the worker has, by the series of its lag. */
async function partitionsOf({ health }: TestWorker): Promise<string[]> {
  const text = await (await fetch(`${health.url}/metrics`)).text();
  const series = new RegExp(
    `^velolog_consumer_lag_messages\\{topic="${surroundings.topics.names.pollsTopic}",partition="(\\d)"`,
    'gm',
  );
  return Array.from(text.matchAll(series), ([, partition = '']) => partition).sort();
}

beforeAll(async () => {
  surroundings = await openStoreSurroundings(PARTITIONS);
  const { database, topics } = surroundings;
  const start = () => startTestWorker(database, topics, { env: { STORE_PORT: '0' } });
  const haveEach = (count: number, ...workers: TestWorker[]) =>
    vi.waitFor(
      async () => {
        for (const worker of workers) expect(await partitionsOf(worker)).toHaveLength(count);
      },
      { timeout: 240_000, interval: 100 },
    );
  const first = await start();
  await store(0);
  const second = await start();
  await haveEach(PARTITIONS / 2, first, second);
  await store(1);
  await first.stop();
  await haveEach(PARTITIONS, second);
  await store(2);
  refusals.push(await askRefusals());
  const third = await start();
  await haveEach(PARTITIONS / 2, second, third);
  await store(3);
  await third.stop();
  await haveEach(PARTITIONS, second);
  await store(4);
  refusals.push(await askRefusals());
  await second.stop();
});
afterAll(() => surroundings[Symbol.asyncDispose]());

async function ask(query: string): Promise<Record<string, unknown>[]> {
  return (await surroundings.client.query(query)).rows;
}

const askRefusals = () =>
  ask(`select system_id, refused_polls, last_error, refused_since from api.feed_health
    where feed = 'station_status' and system_id ~ '^system-\\d+$' order by system_id`);

describe('when partitions move between two workers', () => {
  test('every table is that of one worker', async () => {
    const reference = await createTestDatabase();
    await storeDirectly(
      reference.url,
      PARTS.flatMap((part) => SYSTEMS.flatMap(part)),
    );
    const { kafka_position: _, ...expected } = await readTableRows(reference.url);
    const { kafka_position: __, ...found } = await readTableRows(surroundings.database.url);
    expect(found).toEqual(expected);
    await reference.drop();
  });

  test('refused polls are counted on since the first of them, and "not modified" of a refused body is no observation', async () => {
    const counted = (refused_polls: number) =>
      SYSTEMS.map((system_id) => ({ system_id, refused_polls, last_error: 'fetched_in_future' }));
    expect(refusals).toMatchObject([counted(3), counted(2)]);
    const times = refusals.map((rows) => rows.map(({ refused_since }) => refused_since as Date));
    for (const at of times[0] ?? []) expect(at.getTime()).toBeLessThan(began[1]?.getTime() ?? 0);
    for (const at of times[1] ?? []) {
      expect(at.getTime()).toBeGreaterThanOrEqual(began[3]?.getTime() ?? 0);
      expect(at.getTime()).toBeLessThan(began[4]?.getTime() ?? 0);
    }
    const coverage = await ask(
      `select distinct array_agg(outcome order by from_at) as outcomes from api.feed_coverage
       where feed = 'station_status' and system_id ~ '^system-\\d+$' group by system_id`,
    );
    expect(coverage).toEqual([{ outcomes: ['observed', 'failed'] }]);
  });

  test('a station was delisted by the first list without it, whichever worker read that one', async () => {
    expect(
      await ask(
        `select distinct station_id, station.name, extract(epoch from delisted_at - '2026-06-15T12:00Z')::int / 60 as minute
         from velolog.station join velolog.system using (system_key) where system_id ~ '^system-\\d+$' order by 1`,
      ),
    ).toEqual([
      { station_id: '1', name: 'third 1', minute: null },
      { station_id: '2', name: 'third 2', minute: null },
      { station_id: '3', name: 'first 3', minute: 1 },
    ]);
  });

  test('of history that was only imported each station has its latest name, and the first list after it without the station', async () => {
    expect(
      await ask(
        `select distinct station_id, station.name, delisted_at from velolog.station join velolog.system using (system_key)
         where system_id like '%-earlier' order by 1`,
      ),
    ).toEqual(
      [
        ['1', 'now 1', null],
        ['2', 'now 2', null],
        ['3', 'later that year 3', -YEAR_MINUTES + 20],
        ['4', 'end of that year 4', 0],
        ['5', 'two years ago 5', -YEAR_MINUTES],
      ].map(([station_id, name, minute]) => ({
        station_id,
        name,
        delisted_at: minute === null ? null : new Date(START + Number(minute) * 60_000),
      })),
    );
  });

  test('a corrected clock is believed 10 minutes after its first body, not after the takeover', async () => {
    expect(
      await ask(
        `select distinct array_agg(num_bikes_available::int order by observed_at) as bikes from (
           select distinct system_id, observed_at, num_bikes_available from velolog.station_status
           join velolog.station using (station_key) join velolog.system using (system_key) where system_id like '%-late'
         ) as row group by system_id`,
      ),
    ).toEqual([{ bikes: [1, 5] }]);
  });

  test('stations that were absent and had left memory are back without a row of their own', async () => {
    expect(
      await ask(
        `select count(*)::int as rows, count(distinct station_key)::int as stations from velolog.station_status
         join velolog.station using (station_key) join velolog.system using (system_key) where system_id like '%-crowded'`,
      ),
    ).toEqual([{ rows: SYSTEMS.length * many.length, stations: SYSTEMS.length * many.length }]);
    expect(
      await ask('select count(*)::int as open from velolog.station_absence where to_at is null'),
    ).toEqual([{ open: 0 }]);
  });

  test('a stay goes on over lists that were refused, and one that was over by the next list ended unseen', async () => {
    expect(
      await ask(
        `select distinct lat_e5, extract(epoch from to_at - '2026-06-15T12:00Z')::int / 60 as minute, end_seen from velolog.vehicle_stay order by 1`,
      ),
    ).toEqual([
      { lat_e5: 5_990_000, minute: null, end_seen: null },
      { lat_e5: 5_991_000, minute: 3, end_seen: false },
    ]);
  });
});
