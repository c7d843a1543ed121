import { countIssues } from '@velolog/store/upkeep/quality/check-quality';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { readTableRows } from '../../../test/history/table-rows.ts';
import { HOUR, openQualityStore, type QualityStore } from '../../../test/workers/quality-store.ts';
import { START } from '../../../test/workers/test-store.ts';

let store: QualityStore;
beforeAll(async () => {
  store = await openQualityStore();
});
afterAll(() => store[Symbol.asyncDispose]());

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

test('what is wrong with a feed that is polled once a day is open until the next poll is due', async () => {
  const now = Math.floor((Date.now() - START) / 1000);
  const told = () => store.ask('select is_open from api.data_quality_issue where system_id = $1', ['daily']);
  const checked = () =>
    store.ask('select is_current from api.data_quality_check where system_id = $1', ['daily']);
  await store.poll('daily', now - 27 * HOUR, [station('1', 999, 1)]);
  await store.check(now);
  expect([await told(), await checked()]).toEqual([[{ is_open: false }], [{ is_current: false }]]);
  // 5 % of a day later than a day, and some minutes to store and check it.
  await store.poll('daily', now - Math.floor(25.5 * HOUR), [station('1', 999, 1)]);
  await store.check(now);
  expect([await told(), await checked()]).toEqual([[{ is_open: true }], [{ is_current: true }]]);
  await store.poll('daily', now, [station('1', 9, 1)]);
  await store.check(now);
  expect(await told()).toEqual([{ is_open: false }]);
});

test('imported history is never judged', async () => {
  await store.poll('archive', 0, [station('1', 999, 1)], { imported: true });
  expect(await store.issues('archive')).toEqual([]);
});

test('an issue that was open when polling stopped is not ended by history that is imported after it, which nobody judges', async () => {
  await store.poll('stopped', 0, [station('1', 999, 1)]);
  expect(await store.issues('stopped')).toEqual(['negative_or_huge 0..']);
  await store.poll('stopped', HOUR, [station('1', 9, 1)], { imported: true });
  expect(await store.issues('stopped')).toEqual(['negative_or_huge 0..']);
  await store.poll('stopped', 2 * HOUR, [station('1', 9, 1)]);
  expect(await store.issues('stopped'), 'it is polled again').toEqual([`negative_or_huge 0..${2 * HOUR}`]);
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
