import { PublishedSystem } from '@velolog/simulator/published-system';
import { spoilDocument } from '@velolog/simulator/server/spoiled-content';
import { planSystems } from '@velolog/simulator/systems';
import { checkQualityOnce } from '@velolog/store/upkeep/quality/check-quality';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, START, type TestStore } from './workers/test-store.ts';

/** `QUALITY_SEEDS=10` tries as many cities. */
const SEEDS = Number(process.env.QUALITY_SEEDS ?? 1);
const FIRST_SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1e6));
console.info(`data quality: seed ${FIRST_SEED} (repeat with SEED=${FIRST_SEED})`);
const DAY = 86_400;
const WEEK = 7 * DAY;
const POLL_SECONDS = 600;
const STATIONS = 24;
const VEHICLES = 60;
const STATIC_FEEDS = [
  'system_information',
  'station_information',
  'vehicle_types',
  'system_regions',
] as const;

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

function plannedSystem(seed: number) {
  const [system] = planSystems({
    systems: 1,
    stations: STATIONS,
    vehicles: VEHICLES,
    everyFeed: true,
    versions: ['2.3'],
    seed: `quality-${seed}`,
  });
  if (system === undefined) throw new Error('The simulator planned no system');
  return { ...system, system_id: `quality-${seed}` };
}

type Feed = (typeof STATIC_FEEDS)[number] | 'station_status' | 'free_bike_status';

describe.each(Array.from({ length: SEEDS }, (_, city) => FIRST_SEED + city))('seed %i', (seed) => {
  const system = plannedSystem(seed);
  const { system_id } = system;
  const published = new PublishedSystem(system, {
    timeline: { startedAtMs: START, publicationSeconds: POLL_SECONDS, timeFactor: 1 },
    ttlSeconds: POLL_SECONDS,
    startHour: 12,
    baseUrl: 'https://example.org',
  });
  const documentAt = (feed: Feed, second: number) =>
    published.answer(feed, START + second * 1000)?.document() ?? {};
  const message = (feed: Feed, second: number, body: object = documentAt(feed, second)) =>
    store.message({ system_id, feed, second, body });
  const status = (second: number, body?: object) => message('station_status', second, body);
  const inform = (second: number) => store.store(STATIC_FEEDS.map((feed) => message(feed, second)));

  /** Looks as the store would, and says what is flagged. */
  async function flags(): Promise<string[]> {
    await rollUpAll(store.context.pool);
    await checkQualityOnce(store.context.pool, new Date(START));
    const rows = await store.ask(
      'select distinct flag from api.data_quality_issue where ended_at is null and system_id = $1 order by flag',
      [system_id],
    );
    return rows.map((row) => row.flag as string);
  }

  test('nothing is flagged in a clean week of a simulated city and its fleet', async () => {
    for (let from = 0; from < WEEK; from += DAY / 2) {
      await inform(from);
      const messages = [];
      for (let second = from; second < from + DAY / 2; second += POLL_SECONDS)
        messages.push(status(second), message('free_bike_status', second));
      await store.store(messages);
      await flags();
    }
    expect(
      await store.ask(
        'select flag, feed, station_id, since, evidence from api.data_quality_issue where system_id = $1',
        [system_id],
      ),
    ).toEqual([]);
  });

  test('each fault that is injected then is found, and ends with it', async () => {
    let second = WEEK;
    type Fault = Parameters<typeof spoilDocument>[1][number];
    const spoiled = async (fault: Fault, waitSeconds = POLL_SECONDS) => {
      second += waitSeconds;
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
    // For more than an hour in which both feeds were observed.
    for (let polls = 0; polls < 9; polls++) {
      await spoiled({ kind: 'vanished_stations', rows: 5 });
      await inform(second);
    }
    expect(await flags()).toEqual(['dangling_id']);
    await clean();
    await inform(second);
    expect(await flags()).toEqual([]);
    // The city stands still from noon on.
    second = WEEK + DAY;
    await inform(second);
    const noon = documentAt('station_status', second);
    for (let minute = 0; minute <= 80; minute += 10) await store.store([status(second + minute * 60, noon)]);
    expect(await flags()).toEqual(['feed_frozen']);
    second += 90 * 60;
    expect(await clean()).toEqual([]);
  });

  test.each<[kind: string, failed: object]>([
    ['503', { outcome: 'failed', error: 'http_503', http_status: 503 }],
    ['an empty list', { body: { ttl: 60, data: { stations: [] } } }],
    ['a page in place of JSON', { body: '<html>Down for maintenance</html>' }],
  ])('a day of %s is found, and ends with the first answer', async (kind, failed) => {
    const day = WEEK + (3 + 2 * ['503', 'an empty list', 'a page in place of JSON'].indexOf(kind)) * DAY;
    await store.store([status(day)]);
    await inform(day);
    expect(await flags()).toEqual([]);
    for (let hour = 1; hour <= 26; hour += 1)
      await store.store([store.message({ system_id, second: day + hour * 3600, ...failed })]);
    expect(await flags()).toEqual(['unreachable']);
    await store.store([status(day + 27 * 3600)]);
    expect(await flags()).toEqual([]);
  });
});
