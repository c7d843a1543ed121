import { countIssues } from '@velolog/store/upkeep/quality/check-quality';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { readTableRows } from '../../../test/history/table-rows.ts';
import {
  bodyOf,
  HOUR,
  many,
  openQualityStore,
  places,
  type QualityStore,
} from '../../../test/workers/quality-store.ts';
import { type GivenStation, START } from '../../../test/workers/test-store.ts';

let store: QualityStore;
beforeAll(async () => {
  store = await openQualityStore();
});
afterAll(() => store[Symbol.asyncDispose]());

describe('each flag stays during unobserved time, and ends with the first check without it', () => {
  const now = START / 1000;
  const bad: [flag: string, stations: (second: number) => GivenStation[], more?: object][] = [
    ['negative_or_huge', () => [station('1', 999, 1)]],
    ['stamp_future', () => many(2, 1), { last_updated: now + 9000 }],
    ['last_reported_uniform', () => many(20, 1, () => ({ last_reported: now }))],
    ['duplicate_id', () => [station('1', 3, 1), station('1', 3, 1)]],
    [
      'types_mismatch',
      () => [station('1', 3, 1, { vehicle_types_available: [{ vehicle_type_id: 't', count: 2 }] })],
    ],
    ['over_capacity', () => [station('1', 25, 1)]],
  ];
  test.each(bad)('%s', async (flag, stations, more = {}) => {
    const system_id = `looked-${flag}`;
    if (flag === 'over_capacity') await store.inform(system_id, 0, places(2));
    await store.record({ system_id, second: 0, ...bodyOf(stations(0), more) });
    expect(await store.flagsOf(system_id)).toEqual([flag]);
    await store.record({ system_id, second: 600, outcome: 'failed', error: 'timeout', http_status: null });
    await store.check();
    const told = () =>
      store.ask('select since, last_seen_at, ended_at from api.data_quality_issue where system_id = $1', [
        system_id,
      ]);
    expect(await told()).toEqual([{ since: 0, last_seen_at: 0, ended_at: null }]);
    await store.record({ system_id, second: 1300, ...bodyOf([station('1', 3, 1)]) });
    await store.check();
    expect(await told()).toEqual([{ since: 0, last_seen_at: 0, ended_at: 1300 }]);
  });

  test.each<[flag: string, stations: object[]]>([
    ['capacity_absent', places(20, () => ({ capacity: undefined }))],
    ['capacity_placeholder', places(20, () => ({ capacity: 10 }))],
    ['capacity_zero', places(20, (index) => (index < 2 ? { capacity: 0 } : {}))],
    ['null_island_or_swapped', places(6, (index) => (index === 0 ? { lat: 10.7, lon: 59.9 } : {}))],
    ['outlier_place', places(25, (index) => (index === 24 ? { lat: 60.2 } : {}))],
    ['oversized_system', places(4, (index) => ({ lat: 50 + index * 0.7, lon: 10 + index * 1.15 }))],
  ])('%s', async (flag, stations) => {
    const system_id = `informed-${flag}`;
    const ended = async () => {
      await store.check();
      return store.ask('select ended_at from api.data_quality_issue where system_id = $1 and flag = $2', [
        system_id,
        flag,
      ]);
    };
    await store.inform(system_id, 0, stations);
    expect(await ended()).not.toEqual([]);
    const failed = { outcome: 'failed', error: 'timeout', http_status: null } as const;
    await store.record({ system_id, feed: 'station_information', second: 7200, ...failed });
    expect((await ended()).every(({ ended_at }) => ended_at === null)).toBe(true);
    await store.inform(system_id, 10_800, places(25));
    expect((await ended()).every(({ ended_at }) => ended_at === 10_800)).toBe(true);
  });
});

test('a flag before and after an unobserved day is one issue: not open in between, and that day is not counted', async () => {
  const now = Math.floor((Date.now() - START) / 1000) - 60;
  const dayOf = (second: number) => new Date(START + second * 1000).toISOString().slice(0, 10);
  const told = () =>
    store.ask('select flag, since, ended_at, is_open from api.data_quality_issue where system_id = $1', [
      'dark',
    ]);
  const flag = 'negative_or_huge';
  await store.poll('dark', now - 50 * HOUR, [station('1', 999, 1)]);
  await store.check(now - 50 * HOUR);
  await store.check(now - 26 * HOUR);
  expect(await told()).toEqual([{ flag, since: now - 50 * HOUR, ended_at: null, is_open: false }]);
  const counted = await store.ask(
    "select to_char(day, 'YYYY-MM-DD') as day from api.data_quality_rate where flag = $1 and systems_flagged > 0",
    [flag],
  );
  expect(counted.map(({ day }) => day)).not.toContain(dayOf(now - 26 * HOUR));
  await store.poll('dark', now, [station('1', 999, 1)]);
  await store.check(now);
  expect(await told()).toEqual([{ flag, since: now - 50 * HOUR, ended_at: null, is_open: true }]);
  await store.poll('dark', now + 30, [station('1', 9, 1)]);
  await store.check(now);
  expect(await told()).toEqual([{ flag, since: now - 50 * HOUR, ended_at: now + 30, is_open: false }]);
});

test('imported history is never judged', async () => {
  await store.poll('archive', 0, [station('1', 999, 1)], { imported: true });
  expect(await store.issues('archive')).toEqual([]);
});

test('a check changes no other table, and two workers at once keep one account', async () => {
  const before = await readTableRows(store.url);
  await Promise.all([store.check(), store.check(), store.check()]);
  expect(await readTableRows(store.url)).toEqual(before);
  const rows = await store.ask(
    'select count(*) from velolog.data_quality_issue where ended_at is null group by system_key, feed, station_id, flag having count(*) > 1',
  );
  expect(rows).toEqual([]);
});

test('the metric counts the open issues by flag, 0 if there are none', async () => {
  await store.poll('open', Math.floor((Date.now() - START) / 1000) - 60, [station('1', 999, 1)]);
  await store.check();
  await countIssues(store.context.pool, store.context.metrics);
  const { values } = await store.context.metrics.data_quality_issues.get();
  const counted = Object.fromEntries(values.map(({ labels, value }) => [labels.flag, value]));
  const open = await store.ask('select count(*)::int as open from api.data_quality_issue where is_open');
  expect(values.reduce((sum, { value }) => sum + value, 0)).toBe(open[0]?.open);
  expect(counted).toMatchObject({ negative_or_huge: 1, unreachable: 0 });
});
