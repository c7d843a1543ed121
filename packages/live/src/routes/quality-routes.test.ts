import { createHash } from 'node:crypto';
import { checkQualityOnce } from '@velolog/store/upkeep/quality/check-quality';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestLive, type TestLive } from '../../../../test/workers/test-live.ts';
import { openTestStore, START, type TestStore } from '../../../../test/workers/test-store.ts';
import { quality } from '../api/quality.ts';

let store: TestStore;
let live: TestLive;
beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl);
  const ago = (minutes: number) => Math.floor((Date.now() - START) / 1000) - minutes * 60;
  const counts = (num_docks_available: number) => [
    { station_id: '<1>', num_bikes_available: 1, num_docks_available },
  ];
  await store.record({
    system_id: 'huge',
    feed: 'station_information',
    second: ago(30),
    body: { data: { stations: [{ station_id: '<1>', name: 'A & B', lat: 59.9, lon: 10.7, capacity: 5 }] } },
  });
  await store.poll('huge', ago(20), counts(999));
  // On the day of the poll, which a while after midnight was yesterday.
  await checkQualityOnce(store.context.pool, new Date(START + ago(20) * 1000));
  await store.poll('archive', ago(10), counts(999), { imported: true });
  await store.poll('left', ago(27 * 60), counts(9));
  const failed = { outcome: 'failed', error: 'timeout', http_status: null } as const;
  await store.record({ system_id: 'silent', second: ago(10), ...failed });
  await store.poll('huge', ago(10), counts(9));
  await checkQualityOnce(store.context.pool, new Date());
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

test('/quality lists open and ended issues, with their meaning and evidence', async () => {
  const { issues, ...told } = quality.parse(await live.json('/systems/huge/quality'));
  expect(told).toMatchObject({ system_id: 'huge', days: 30, truncated: false });
  expect(issues.map(({ flag, station_id, name, is_open }) => ({ flag, station_id, name, is_open }))).toEqual([
    { flag: 'over_capacity', station_id: '<1>', name: 'A & B', is_open: true },
    { flag: 'negative_or_huge', station_id: null, name: null, is_open: false },
  ]);
  expect(issues[0]?.evidence).toMatchObject({ capacity: 5, bikes: 1, docks: 9 });
  expect(issues[0]?.definition).toMatch(/capacity\.$/);
});

test('/quality.html shows the same to a person, and text from a feed stays text', async () => {
  const answer = await live.get('/systems/huge/quality.html');
  const page = await answer.text();
  expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
  expect(page).toContain('Open (1)');
  expect(page).toContain('station &lt;1&gt; (A &amp; B)');
  expect(page).not.toContain('<1>');
});

test('/quality.html has its own style, which its policy allows, and no other; times are of UTC and to the second', async () => {
  const answer = await live.get('/systems/huge/quality.html');
  const page = await answer.text();
  const [, style = ''] = /<style>(.*)<\/style>/s.exec(page) ?? [];
  expect(answer.headers.get('content-security-policy')).toBe(
    `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; frame-ancestors 'none'`,
  );
  expect(page).toMatch(
    /As seen by Velolog at <time datetime="[^"]+Z">\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC<\/time>/,
  );
});

test('/quality says which time was not observed, so that an empty list does not look like a good feed', async () => {
  const told = async (system: string) => {
    const { feeds, not_judged_because, issues } = quality.parse(
      await live.json(`/systems/${system}/quality`),
    );
    return { feeds: feeds.map(({ feed, seen_at }) => [feed, seen_at !== null]), not_judged_because, issues };
  };
  const page = async (system: string) => (await live.get(`/systems/${system}/quality.html`)).text();
  expect(await told('archive')).toEqual({ feeds: [], not_judged_because: 'archive', issues: [] });
  expect(await told('silent')).toEqual({
    feeds: [['station_status', false]],
    not_judged_because: 'unobserved',
    issues: [],
  });
  expect(await told('left')).toEqual({
    feeds: [['station_status', true]],
    not_judged_because: 'old',
    issues: [],
  });
  for (const system of ['archive', 'silent', 'left']) {
    expect(await page(system)).toContain('Not known.');
    expect(await page(system)).not.toContain('Nothing is flagged.');
  }
  expect(await told('huge')).toMatchObject({ not_judged_because: null });
  await store.ask("update velolog.data_quality_check set checked_at = checked_at - interval '2 days'");
  expect(await told('huge')).toMatchObject({ not_judged_because: 'unchecked' });
});

test('a system that was added since the last check is not said to be without problems', async () => {
  await store.poll('added', Math.floor((Date.now() - START) / 1000) - 60, [
    { station_id: '1', num_bikes_available: 1, num_docks_available: 999 },
  ]);
  const told = async () => quality.parse(await live.json('/systems/added/quality'));
  const page = async () => (await live.get('/systems/added/quality.html')).text();
  expect(await told()).toMatchObject({ not_judged_because: 'unchecked', issues: [] });
  expect((await told()).feeds.map(({ checked_at, is_current }) => [checked_at, is_current])).toEqual([
    [null, false],
  ]);
  expect(await page()).toContain('not checked yet');
  expect(await page()).not.toContain('Nothing is flagged.');
  await checkQualityOnce(store.context.pool, new Date());
  const [feed] = (await told()).feeds;
  expect(feed?.checked_at).toBe(feed?.seen_at);
  expect(feed?.is_current).toBe(true);
  expect(await told()).toMatchObject({ not_judged_because: null, issues: [{ flag: 'negative_or_huge' }] });
});

test('an unknown system and a wrong number of days are refused with a sentence', async () => {
  expect((await live.get('/systems/none/quality')).status).toBe(404);
  expect(await (await live.get('/systems/huge/quality?days=0')).json()).toMatchObject({
    status: 400,
    parameter: 'days',
  });
});
