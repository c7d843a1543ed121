import { PublishedSystem } from '@velolog/simulator/published-system';
import { spoilDocument } from '@velolog/simulator/server/spoiled-content';
import { planSystems } from '@velolog/simulator/systems';
import { checkQualityOnce } from '@velolog/store/upkeep/quality/check-quality';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, START, type TestStore } from './workers/test-store.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1e6));
console.info(`data quality: seed ${SEED} (repeat with SEED=${SEED})`);
const DAY = 86_400;
const WEEK = 7 * DAY;
const POLL_SECONDS = 600;
const STATIONS = 24;

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const [system] = planSystems({ systems: 1, stations: STATIONS, versions: ['2.3'], seed: `quality-${SEED}` });
if (system === undefined) throw new Error('The simulator planned no system');
const { system_id } = system;
const published = new PublishedSystem(system, {
  timeline: { startedAtMs: START, publicationSeconds: POLL_SECONDS, timeFactor: 1 },
  ttlSeconds: POLL_SECONDS,
  startHour: 12,
  baseUrl: 'https://example.org',
});
const documentAt = (feed: 'station_status' | 'station_information' | 'system_information', second: number) =>
  published.answer(feed, START + second * 1000)?.document() ?? {};
const status = (second: number, body: object = documentAt('station_status', second)) =>
  store.message({ system_id, second, body });

/** Looks as the store would, and says what is flagged. */
async function flags(): Promise<string[]> {
  await rollUpAll(store.context.pool);
  await checkQualityOnce(store.context.pool, new Date(START));
  const rows = await store.ask(
    'select distinct flag from api.data_quality_issue where ended_at is null order by flag',
  );
  return rows.map((row) => row.flag as string);
}

test('nothing is flagged in a clean week of a simulated city', async () => {
  for (let from = 0; from < WEEK; from += DAY / 2) {
    for (const feed of ['system_information', 'station_information'] as const)
      await store.record({ system_id, feed, second: from, body: documentAt(feed, from) });
    const messages = [];
    for (let second = from; second < from + DAY / 2; second += POLL_SECONDS) messages.push(status(second));
    await store.store(messages);
    await flags();
  }
  expect(await store.ask('select flag, station_id, since, evidence from api.data_quality_issue')).toEqual([]);
});

test('each fault that is injected then is found, and ends with it', async () => {
  let second = WEEK;
  const spoiled = async (fault: Parameters<typeof spoilDocument>[1][number]) => {
    second += POLL_SECONDS;
    await store.store([status(second, spoilDocument(documentAt('station_status', second), [fault]))]);
    return flags();
  };
  const clean = async () => {
    second += POLL_SECONDS;
    await store.store([status(second)]);
    return flags();
  };
  expect(await spoiled({ kind: 'invalid_rows', rows: 8 })).toEqual(['duplicate_id', 'negative_or_huge']);
  expect(await clean()).toEqual([]);
  expect(await spoiled({ kind: 'clock_skew', seconds: 3600 })).toEqual(['stamp_future']);
  // Bodies that are older by their own stamp are no observation until nothing else has come for 10 minutes.
  await clean();
  await clean();
  expect(await clean()).toEqual([]);
  // The city stands still from noon on.
  second = WEEK + DAY;
  const noon = documentAt('station_status', second);
  for (let minute = 0; minute <= 80; minute += 10) await store.store([status(second + minute * 60, noon)]);
  expect(await flags()).toEqual(['feed_frozen']);
  second += 90 * 60;
  expect(await clean()).toEqual([]);
  for (let hour = 1; hour <= 26; hour += 1)
    await store.store([
      store.message({
        system_id,
        second: second + hour * 3600,
        outcome: 'failed',
        error: 'http_503',
        http_status: 503,
      }),
    ]);
  expect(await flags()).toContain('unreachable');
});
