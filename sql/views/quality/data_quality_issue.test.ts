import { checkQualityOnce, countIssues } from '@velolog/store/upkeep/quality/check-quality';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { readTableRows } from '../../../test/history/table-rows.ts';
import {
  at,
  type GivenStation,
  openTestStore,
  START,
  type TestStore,
} from '../../../test/workers/test-store.ts';

const MINUTE = 60;
const HOUR = 3600;

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const check = (second = 0) => checkQualityOnce(store.context.pool, at(second));

/** The issues of a system: `flag station since..ended`, seconds of the test's time. */
async function issues(system: string): Promise<string[]> {
  await check();
  const rows = await store.ask(
    'select flag, station_id, since, ended_at from api.data_quality_issue where system_id = $1 order by flag, station_id, since',
    [system],
  );
  return rows.map((row) =>
    [row.flag, row.station_id, `${row.since}..${row.ended_at ?? ''}`]
      .filter((part) => part !== null)
      .join(' '),
  );
}

const flagsOf = async (system: string) => [
  ...new Set(
    (await issues(system)).filter((issue) => issue.endsWith('..')).map((issue) => issue.split(' ')[0]),
  ),
];

const many = (count: number, bikes: number, more: (index: number) => object = () => ({})): GivenStation[] =>
  Array.from({ length: count }, (_, index) => station(`${index}`, bikes, 5, more(index)));

const inform = (system_id: string, second: number, stations: object[]) =>
  store.record({ system_id, feed: 'station_information', second, body: { ttl: 60, data: { stations } } });

const body = (stations: GivenStation[], more: object = {}) => ({ body: { data: { stations }, ...more } });

describe('feed_frozen', () => {
  /** Moves at the second minute, then stands still. */
  const stillUntil = (system: string, from: number, to: number, count = 20) =>
    store.pollEvery(MINUTE, system, [from, to], (second) => many(count, second > from ? 2 : 1));

  test('an hour without a change, and no minute less, until something changes', async () => {
    await stillUntil('still', 0, 60 * MINUTE);
    expect(await issues('still')).toEqual([]);
    await store.poll('still', 61 * MINUTE, many(20, 2));
    expect(await issues('still')).toEqual(['feed_frozen 60..']);
    await store.poll('still', 62 * MINUTE, many(20, 3));
    expect(await issues('still')).toEqual(['feed_frozen 60..3720']);
  });

  test('not with 19 stations, and not when somebody looked away in between', async () => {
    await stillUntil('few', 0, 70 * MINUTE, 19);
    await stillUntil('gap', 0, 40 * MINUTE);
    await stillUntil('gap', 50 * MINUTE, 100 * MINUTE);
    expect([await issues('few'), await issues('gap')]).toEqual([[], []]);
  });

  test('it begins by day alone, and goes on in the night', async () => {
    // 21:00 at night is second 32,400; 08:00 the next morning 72,000.
    await stillUntil('night', 8.5 * HOUR, 19.9 * HOUR);
    expect(await issues('night')).toEqual([]);
    await stillUntil('day', 7.9 * HOUR, 9 * HOUR);
    expect(await issues('day')).toHaveLength(1);
    await store.pollEvery(MINUTE, 'day', [9 * HOUR + 60, 12 * HOUR], () => many(20, 2));
    expect(await issues('day')).toEqual([`feed_frozen ${7.9 * HOUR + 60}..`]);
  });

  test('50 vehicles, not 49', async () => {
    const listed = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        bike_id: `b${index}`,
        lat: 52 + index / 1000,
        lon: 10,
        is_reserved: false,
        is_disabled: false,
      }));
    for (const count of [49, 50])
      for (let minute = 0; minute <= 61; minute += 1)
        await store.record({
          system_id: `vehicles-${count}`,
          feed: 'free_bike_status',
          second: minute * MINUTE,
          body: { data: { bikes: listed(count) } },
        });
    expect([await issues('vehicles-49'), await issues('vehicles-50')]).toEqual([[], ['feed_frozen 0..']]);
  });
});

describe('what one body tells', () => {
  test('stamp_future: more than a minute ahead, of the feed or of a station', async () => {
    const now = START / 1000;
    await store.record({ system_id: 'ahead', second: 0, ...body(many(3, 1), { last_updated: now + 60 }) });
    expect(await flagsOf('ahead')).toEqual([]);
    await store.record({
      system_id: 'ahead',
      second: 60,
      ...body(many(3, 1), { last_updated: now + 60 + 61 }),
    });
    expect(await flagsOf('ahead')).toEqual(['stamp_future']);
    await store.record({ system_id: 'ahead', second: 120, ...body(many(3, 1), { last_updated: now + 125 }) });
    expect(await issues('ahead')).toEqual(['stamp_future 60..120']);
    await store.record({
      system_id: 'ahead',
      second: 180,
      ...body(many(3, 1, (index) => ({ last_reported: now + 180 + (index === 1 ? 61 : 0) }))),
    });
    expect(await flagsOf('ahead')).toEqual(['stamp_future']);
  });

  test('last_reported_uniform: 20 stations, all the same', async () => {
    const reported = (differs: boolean) => (index: number) => ({
      last_reported: START / 1000 - (differs && index === 0 ? 1 : 0),
    });
    await store.poll('uniform-19', 0, many(19, 1, reported(false)));
    await store.poll('uniform-20', 0, many(20, 1, reported(true)));
    expect([await flagsOf('uniform-19'), await flagsOf('uniform-20')]).toEqual([[], []]);
    await store.poll('uniform-20', 60, many(20, 1, reported(false)));
    expect(await flagsOf('uniform-20')).toEqual(['last_reported_uniform']);
  });

  test('feed_stamp_frozen: the third change under one stamp, through a restart and a poll that failed', async () => {
    const last_updated = START / 1000 - 30;
    for (const minute of [0, 1, 2])
      await store.record({
        system_id: 'stamp',
        second: minute * MINUTE,
        ...body(many(2, minute), { last_updated }),
      });
    expect(await flagsOf('stamp')).toEqual([]);
    store.restart();
    await store.record({
      system_id: 'stamp',
      second: 170,
      outcome: 'failed',
      error: 'timeout',
      http_status: null,
    });
    await store.record({ system_id: 'stamp', second: 180, ...body(many(2, 2), { last_updated }) });
    expect(await flagsOf('stamp')).toEqual([]);
    await store.record({ system_id: 'stamp', second: 240, ...body(many(2, 3), { last_updated }) });
    expect(await issues('stamp')).toEqual(['feed_stamp_frozen 0..']);
    await store.record({
      system_id: 'stamp',
      second: 300,
      ...body(many(2, 3), { last_updated: last_updated + 300 }),
    });
    expect(await issues('stamp')).toEqual(['feed_stamp_frozen 0..300']);
  });

  test('negative_or_huge: below 0 or 999, not 998', async () => {
    const poll = (second: number, bikes: number) =>
      store.record({ system_id: 'huge', second, ...body([station('1', bikes, 0)]) });
    await poll(0, 998);
    expect(await flagsOf('huge')).toEqual([]);
    await poll(60, 999);
    expect(await flagsOf('huge')).toEqual(['negative_or_huge']);
    await poll(120, 5);
    expect(await flagsOf('huge')).toEqual([]);
    await poll(180, -1);
    expect(await flagsOf('huge')).toEqual(['negative_or_huge']);
  });

  test('types_mismatch: a sum that is another, not one that is not known', async () => {
    const typed = (...counts: (number | null)[]) => ({
      vehicle_types_available: counts.map((count, index) => ({ vehicle_type_id: `t${index}`, count })),
    });
    await store.poll('types', 0, [station('1', 3, 1, typed(2, 1)), station('2', 3, 1, typed(2, null))]);
    expect(await flagsOf('types')).toEqual([]);
    await store.poll('types', 60, [station('1', 3, 1, typed(2, 2))]);
    expect(await flagsOf('types')).toEqual(['types_mismatch']);
  });

  test('duplicate_id: an id twice in one body', async () => {
    await store.poll('twice', 0, [station('1', 3, 1), station('2', 3, 1)]);
    expect(await flagsOf('twice')).toEqual([]);
    await store.poll('twice', 60, [station('1', 3, 1), station('1', 3, 1)]);
    expect(await flagsOf('twice')).toEqual(['duplicate_id']);
  });

  test('ttl_lie: more than one change in twenty came later than five ttls', async () => {
    const changes = (system: string, slow: number) => {
      let second = 0;
      const messages = [];
      for (let change = 0; change <= 41; change += 1) {
        messages.push(
          store.message({ system_id: system, second, ...body(many(20, change % 2), { ttl: 60 }) }),
        );
        for (let minute = 1; minute <= (change < slow ? 6 : 1); minute += 1)
          if (minute < (change < slow ? 6 : 1))
            messages.push(
              store.message({
                system_id: system,
                second: second + minute * MINUTE,
                ...body(many(20, change % 2), { ttl: 60 }),
              }),
            );
        second += (change < slow ? 6 : 1) * MINUTE;
      }
      return store.store(messages);
    };
    await changes('honest', 3);
    await changes('lying', 4);
    expect([await flagsOf('honest'), await flagsOf('lying')]).toEqual([[], ['ttl_lie']]);
  });
});

describe('stations', () => {
  test('over_capacity: one more than the capacity, and none where the capacity is 0', async () => {
    await inform('room', 0, [
      { station_id: '1', name: 'A', lat: 59.9, lon: 10.7, capacity: 10 },
      { station_id: '2', name: 'B', lat: 59.91, lon: 10.7, capacity: 0 },
    ]);
    await store.poll('room', 0, [station('1', 5, 4, { num_bikes_disabled: 1 }), station('2', 5, 5)]);
    expect(await issues('room')).toEqual([]);
    await store.poll('room', 60, [station('1', 6, 4, { num_bikes_disabled: 1 }), station('2', 5, 5)]);
    expect(await issues('room')).toEqual(['over_capacity 1 60..']);
    await store.poll('room', 120, [station('2', 5, 5)]);
    expect(await issues('room'), 'a station that is gone has no issue').toEqual(['over_capacity 1 60..120']);
  });

  /** Station `still` of five does not move from 05:00 on; the others do, `moves` times. Noon is second 0. */
  const dayOf = async (
    system: string,
    moves: number,
    more: { from?: number; skip?: [number, number]; still?: [number, number] } = {},
  ) => {
    const [bikes, docks] = more.still ?? [4, 6];
    const messages = [];
    for (let second = (more.from ?? -7) * HOUR; second <= 11 * HOUR; second += 2 * MINUTE) {
      if (more.skip && second > more.skip[0] * HOUR && second < more.skip[1] * HOUR) continue;
      const step = Math.min(moves, Math.max(0, Math.floor((second + 6 * HOUR) / HOUR)));
      messages.push(
        store.message({
          system_id: system,
          second,
          ...body([
            station('still', bikes, docks, { last_reported: START / 1000 - 80 * HOUR }),
            ...['a', 'b', 'c', 'd'].map((id) => station(id, 3 + (step % 2), 5)),
          ]),
        }),
      );
    }
    await store.store(messages);
    await rollUpAll(store.context.pool);
  };

  test('station_frozen: a whole service day, while the median station changed five times; a zombie has not reported either', async () => {
    await dayOf('day-5', 5);
    expect(await issues('day-5')).toEqual([
      `station_frozen still ${-7 * HOUR}..`,
      `station_zombie still ${-7 * HOUR}..`,
    ]);
    await store.poll('day-5', 20 * HOUR, [station('still', 4, 6), station('a', 3, 5)]);
    expect(await flagsOf('day-5'), 'it reports nothing, and stays').toEqual(['station_frozen']);
    await store.poll('day-5', 20 * HOUR + 60, [station('still', 5, 5), station('a', 3, 5)]);
    expect((await issues('day-5'))[0]).toBe(`station_frozen still ${-7 * HOUR}..${20 * HOUR + 60}`);
  });

  test('station_frozen is not said with four changes, of half a day, of a day with two hours unseen, or of an empty station', async () => {
    await dayOf('day-4', 4);
    await dayOf('late', 8, { from: -5.5 });
    await dayOf('unseen', 8, { skip: [1, 3.2] });
    await dayOf('empty', 8, { still: [0, 10] });
    expect([
      await issues('day-4'),
      await issues('late'),
      await issues('unseen'),
      await issues('empty'),
    ]).toEqual([[], [], [], []]);
  });
});

describe('names and places', () => {
  const place = (index: number, more: object = {}) => ({
    station_id: `${index}`,
    name: `Station ${index}`,
    lat: 59.9 + (index % 5) * 0.003,
    lon: 10.7 + Math.floor(index / 5) * 0.006,
    capacity: 10 + (index % 7),
    ...more,
  });
  const places = (count: number, more: (index: number) => object = () => ({})) =>
    Array.from({ length: count }, (_, index) => place(index, more(index)));

  test.each<[flag: string, below: object[], above: object[]]>([
    [
      'capacity_absent',
      places(20, (index) => (index < 9 ? { capacity: undefined } : {})),
      places(20, (index) => (index < 10 ? { capacity: undefined } : {})),
    ],
    [
      'capacity_placeholder',
      places(20, (index) => ({ capacity: index === 0 ? 11 : 10 })),
      places(20, () => ({ capacity: 10 })),
    ],
    [
      'capacity_zero',
      places(101, (index) => (index < 1 ? { capacity: 0 } : {})),
      places(101, (index) => (index < 2 ? { capacity: 0 } : {})),
    ],
    [
      'null_island_or_swapped',
      places(6, (index) => (index === 0 ? { lat: 0.0101, lon: 0.0101 } : {})),
      places(6, (index) => (index === 0 ? { lat: 0.0099, lon: -0.0099 } : {})),
    ],
    [
      'null_island_or_swapped',
      places(6),
      places(6, (index) => (index === 0 ? { lat: 10.7, lon: 59.9 } : {})),
    ],
    [
      'outlier_place',
      places(25, (index) => (index === 24 ? { lat: 59.912, lon: 10.724 + 0.0168 } : {})),
      places(25, (index) => (index === 24 ? { lat: 59.912, lon: 10.724 + 0.0171 } : {})),
    ],
    [
      'oversized_system',
      places(4, (index) => ({ lat: 50 + index * 0.6, lon: 10 + index * 1.15 })),
      places(4, (index) => ({ lat: 50 + index * 0.7, lon: 10 + index * 1.15 })),
    ],
  ])('%s', async (flag, below, above) => {
    const system = `${flag} ${below.length} ${JSON.stringify(above[0])}`.slice(0, 90);
    await inform(system, 0, below);
    const before = await flagsOf(system);
    await inform(system, 60, above);
    const during = await flagsOf(system);
    await inform(system, 120, places(25));
    const after = (await flagsOf(system)).filter((one) => one === flag);
    expect({ before: before.includes(flag), during: during.includes(flag), after }).toEqual({
      before: false,
      during: true,
      after: [],
    });
  });

  test('a station that is no longer listed is judged no more', async () => {
    const far = place(24, { lat: 60.5 });
    await inform('moved', 0, [...places(24), far]);
    await store.poll('moved', 0, [station('0', 1, 1), station('24', 1, 1)]);
    expect(await flagsOf('moved')).toContain('outlier_place');
    await store.poll('moved', 60, [station('0', 1, 1)]);
    await inform('moved', 60, places(24));
    expect(await flagsOf('moved')).not.toContain('outlier_place');
  });

  test('a place known to two systems is a duplicate_id of both, another id there is none', async () => {
    await inform('one', 0, [place(3, { station_id: 'same', lat: 48.1 })]);
    await inform('other', 0, [place(3, { station_id: 'differs', lat: 48.1 })]);
    expect(await flagsOf('one')).toEqual([]);
    await inform('copy', 0, [place(3, { station_id: 'same', lat: 48.1 })]);
    expect([await flagsOf('one'), await flagsOf('copy'), await flagsOf('other')]).toEqual([
      ['duplicate_id'],
      ['duplicate_id'],
      [],
    ]);
  });

  test('dangling_id: an hour and more in one feed alone, either way round, and no longer', async () => {
    const status = (second: number) =>
      store.poll('dangling', second, [station('known', 1, 1), station('nameless', 1, 1)]);
    await inform('dangling', 0, [place(1, { station_id: 'known' }), place(2, { station_id: 'nowhere' })]);
    await status(60);
    await inform('dangling', 120, [place(1, { station_id: 'known' }), place(2, { station_id: 'nowhere' })]);
    await check();
    await status(HOUR + 60);
    await inform('dangling', HOUR + 120, [
      place(1, { station_id: 'known' }),
      place(2, { station_id: 'nowhere' }),
    ]);
    expect(await issues('dangling')).toEqual([]);
    await status(HOUR + 61);
    await inform('dangling', HOUR + 121, [
      place(1, { station_id: 'known' }),
      place(2, { station_id: 'nowhere' }),
    ]);
    expect(await issues('dangling')).toEqual(['dangling_id nameless 60..', 'dangling_id nowhere 120..']);
    await inform('dangling', 2 * HOUR, [
      place(1, { station_id: 'known' }),
      place(2, { station_id: 'nameless' }),
    ]);
    await status(2 * HOUR + 60);
    expect(await issues('dangling')).toEqual([
      `dangling_id nameless 60..${2 * HOUR + 60}`,
      `dangling_id nowhere 120..${2 * HOUR}`,
    ]);
  });
});

describe('unreachable', () => {
  const fail = (system_id: string, from: number, to: number) =>
    store.store(
      Array.from({ length: Math.floor((to - from) / HOUR) + 1 }, (_, hour) =>
        store.message({
          system_id,
          second: from + hour * HOUR,
          outcome: 'failed',
          error: 'timeout',
          http_status: null,
        }),
      ),
    );

  test('24 hours of failures, not 23, until it answers', async () => {
    await store.poll('away', 0, many(2, 1));
    await fail('away', 60, 23 * HOUR + 60);
    expect(await issues('away')).toEqual([]);
    await fail('away', 24 * HOUR + 60, 24 * HOUR + 60);
    expect(await issues('away')).toEqual(['unreachable 60..']);
    await store.poll('away', 26 * HOUR, many(2, 1));
    expect(await issues('away')).toEqual([`unreachable 60..${26 * HOUR}`]);
  });

  test('a day in which nobody asked says nothing', async () => {
    await store.poll('unasked', 0, many(2, 1));
    await fail('unasked', 60, 60);
    await fail('unasked', 26 * HOUR, 27 * HOUR);
    expect(await issues('unasked')).toEqual([]);
  });
});

test('where nobody looks an issue neither ends nor is seen again', async () => {
  await store.poll('no-look', 0, [station('1', 999, 1)]);
  await check();
  await store.record({
    system_id: 'no-look',
    second: 600,
    outcome: 'failed',
    error: 'timeout',
    http_status: null,
  });
  await check();
  expect(
    await store.ask(
      "select since, last_seen_at, ended_at from api.data_quality_issue where system_id = 'no-look'",
    ),
  ).toEqual([{ since: 0, last_seen_at: 0, ended_at: null }]);
});

test('imported history is never judged', async () => {
  await store.poll('archive', 0, [station('1', 999, 1)], { imported: true });
  expect(await issues('archive')).toEqual([]);
});

test('a check changes no other table, and two workers at once keep one account', async () => {
  const before = await readTableRows(store.url);
  await Promise.all([check(), check(), check()]);
  expect(await readTableRows(store.url)).toEqual(before);
  const rows = await store.ask(
    'select count(*) from velolog.data_quality_issue where ended_at is null group by system_key, feed, station_id, flag having count(*) > 1',
  );
  expect(rows).toEqual([]);
});

test('the metric counts what is open now by flag, 0 where nothing is', async () => {
  await store.poll('open', Math.floor((Date.now() - START) / 1000) - 60, [station('1', 999, 1)]);
  await check();
  await countIssues(store.context.pool, store.context.metrics);
  const { values } = await store.context.metrics.data_quality_issues.get();
  const counted = Object.fromEntries(values.map(({ labels, value }) => [labels.flag, value]));
  const open = await store.ask('select count(*)::int as open from api.data_quality_issue where is_open');
  expect(values.reduce((sum, { value }) => sum + value, 0)).toBe(open[0]?.open);
  expect(counted).toMatchObject({ negative_or_huge: 1, unreachable: 0 });
});
