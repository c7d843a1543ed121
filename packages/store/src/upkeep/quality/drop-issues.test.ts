import { expect, test } from 'vitest';
import { openTestStore, START, type TestStore } from '../../../../../test/workers/test-store.ts';
import { doChoresOnce } from '../chores.ts';
import { checkQualityOnce } from './check-quality.ts';

const DAY = 24 * 3600;

/** Does the chores of a worker `day` days after the test's time. */
async function doChores(store: TestStore, day: number, retentionDays?: number): Promise<void> {
  const { pool, months } = store.context;
  const log = { info: () => {}, warn: () => {} };
  await doChoresOnce({ pool, months, retentionDays, log }, new Date(START + day * DAY * 1000));
}

/** On `day`, stations with more bikes and docks than they have room for, and a check. */
async function pollAndCheck(store: TestStore, day: number, overfull: string[]): Promise<void> {
  const stations = ['a', 'b'].map((station_id) => ({
    station_id,
    num_bikes_available: overfull.includes(station_id) ? 9 : 1,
    num_docks_available: 1,
  }));
  await store.poll('city', day * DAY, stations);
  await checkQualityOnce(store.context.pool, new Date(START + day * DAY * 1000));
}

const issues = (store: TestStore) =>
  store.ask(
    "select flag, station_id, ended_at from api.data_quality_issue where flag = 'over_capacity' order by station_id, ended_at",
  );
const rates = (store: TestStore) => store.ask('select * from api.data_quality_rate order by day, flag');

async function openWithIssues(): Promise<TestStore> {
  const store = await openTestStore();
  const stations = ['a', 'b'].map((station_id) => ({ station_id, capacity: 5 }));
  await store.record({
    system_id: 'city',
    feed: 'station_information',
    second: 0,
    body: { data: { stations } },
  });
  await pollAndCheck(store, 0, ['a', 'b']);
  await pollAndCheck(store, 1, ['b']);
  await pollAndCheck(store, 40, ['a', 'b']);
  await pollAndCheck(store, 41, ['b']);
  return store;
}

const A_ENDED_FIRST = { flag: 'over_capacity', station_id: 'a', ended_at: DAY };
const A_ENDED_LAST = { flag: 'over_capacity', station_id: 'a', ended_at: 41 * DAY };
const B_IS_OPEN = { flag: 'over_capacity', station_id: 'b', ended_at: null };

test('issues that ended in months past retention go, open ones and the rates of each day stay', async () => {
  await using store = await openWithIssues();
  const before = await rates(store);
  expect(await issues(store)).toEqual([A_ENDED_FIRST, A_ENDED_LAST, B_IS_OPEN]);
  await doChores(store, 45);
  await doChores(store, 45, 30);
  expect(await issues(store)).toEqual([A_ENDED_FIRST, A_ENDED_LAST, B_IS_OPEN]);
  await doChores(store, 46, 30);
  expect(await issues(store)).toEqual([A_ENDED_LAST, B_IS_OPEN]);
  await doChores(store, 400, 30);
  expect(await issues(store)).toEqual([B_IS_OPEN]);
  expect(await rates(store)).toEqual(before);
  // It is still the same issue, and no second one begins.
  await pollAndCheck(store, 401, ['b']);
  expect(
    await store.ask("select since, ended_at from velolog.data_quality_issue where flag = 'over_capacity'"),
  ).toEqual([{ since: 0, ended_at: null }]);
});

test('with a lake, which does not hold issues, they stay', async () => {
  await using store = await openWithIssues();
  await store.ask("insert into velolog.lake (name) values ('/nowhere')");
  await doChores(store, 400, 30);
  expect(await issues(store)).toEqual([A_ENDED_FIRST, A_ENDED_LAST, B_IS_OPEN]);
});

test('outages and service levels, which are kept for good, leave out the same stations after retention', async () => {
  await using store = await openTestStore();
  await store.pollEvery(600, 'city', [0, 5 * 3600], () => [
    { station_id: 'frozen', num_bikes_available: 0, num_docks_available: 5 },
    { station_id: 'used', num_bikes_available: 0, num_docks_available: 5 },
  ]);
  await store.poll('city', 60 * DAY, [{ station_id: 'used', num_bikes_available: 1 }]);
  await store.ask(`
    insert into velolog.data_quality_issue (system_key, feed, station_id, flag, noticed_at, since, last_seen_at, ended_at, evidence)
    select system_key, 'station_status', 'frozen', flag, '2026-06-15 12:00Z', '2026-06-15 12:00Z', '2026-06-15 17:00Z', '2026-06-15 17:00Z', '{}'
    from velolog.system, unnest(array['station_frozen', 'station_zombie']) as flag`);
  const told = async () => ({
    outages: await store.ask(
      "select * from api.outage_episode_between('2026-06-01', '2026-07-01', 'city', leave_out_flagged => true)",
    ),
    levels: await store.ask(
      "select * from api.sla_compliance_between('2026-06-15', '2026-06-15', 'city', leave_out_flagged => true) order by station_id",
    ),
  });
  const before = await told();
  for (const rows of [before.outages, before.levels])
    expect(new Set(rows.map(({ station_id }) => station_id))).toEqual(new Set(['used']));
  await doChores(store, 70, 30);
  expect(await store.ask('select from velolog.station_status')).toHaveLength(1);
  expect(await told()).toEqual(before);
});

test('what ended before it had lasted long enough to be an issue is not kept, whether or not months are dropped', async () => {
  await using store = await openWithIssues();
  await store.ask(`
    insert into velolog.data_quality_issue (system_key, feed, station_id, flag, noticed_at, since, last_seen_at, ended_at, evidence, held_seconds)
    select system_key, 'station_status', station_id, 'dangling_id', now(), now(), now(), ended_at, '{}', held_seconds
    from velolog.system, (values ('short', now(), 60), ('long', now(), 86400), ('goes on', null, 60)) as issue (station_id, ended_at, held_seconds)`);
  await doChores(store, 45);
  expect(
    await store.ask(
      "select station_id from velolog.data_quality_issue where flag = 'dangling_id' order by station_id",
    ),
  ).toEqual([{ station_id: 'goes on' }, { station_id: 'long' }]);
});

test('the issues of a station are found by an index', async () => {
  await using store = await openWithIssues();
  await store.ask('set enable_seqscan = off');
  const plan = await store.ask(
    "explain select from velolog.data_quality_issue where system_key = 1 and station_id = 'a' and since <= now()",
  );
  expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain('data_quality_issue_by_station');
});
