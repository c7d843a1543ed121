import { PublishedSystem } from '@velolog/simulator/published-system';
import { planSystems } from '@velolog/simulator/systems';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hoursOf, type RawPoll, spellsOf } from './history/slow/slow-history.ts';
import { localDayOf } from './history/slow/slow-service.ts';
import { toldByHand, toldByViews } from './history/told-history.ts';
import { openTestStore, START, type TestStore } from './workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const POLL_SECONDS = 120;
const HOURS = 30;

test('the outages, hours and service levels of a simulated city are those of its true bikes, docks and closures', async () => {
  const [system] = planSystems({ systems: 1, stations: 25, versions: ['2.3'], seed: 'views-7' });
  if (system === undefined) throw new Error('The simulator planned no system');
  const timeline = { startedAtMs: START, publicationSeconds: POLL_SECONDS, timeFactor: 1 };
  const published = new PublishedSystem(system, {
    timeline,
    ttlSeconds: 60,
    startHour: 5,
    baseUrl: 'https://example.org',
  });
  const system_id = system.system_id;
  const information = published.answer('system_information', START)?.document() ?? {};
  await store.record({ system_id, feed: 'system_information', second: 0, body: information });

  const truth: RawPoll[] = [];
  for (let hour = 0; hour < HOURS; hour++) {
    const messages = [];
    for (let second = hour * 3600; second < (hour + 1) * 3600; second += POLL_SECONDS) {
      const at = START + second * 1000;
      // The feed is down for the first 20 minutes of every tenth hour.
      if (hour % 10 === 7 && second % 3600 < 1200) {
        messages.push(store.message({ system_id, second, outcome: 'failed', error: 'http_503' }));
        truth.push({ at, answer: 'failed' });
        continue;
      }
      messages.push(
        store.message({ system_id, second, body: published.answer('station_status', at)?.document() ?? {} }),
      );
      truth.push({ at, answer: trueStations(published, at) });
    }
    await store.store(messages);
    if (hour === 20) await rollUpAll(store.context.pool);
  }

  const timezone = system.centre.timezone;
  const question = {
    window: [START + 5 * 3_600_000, START + 6 * 3_600_000] as [number, number],
    days: [localDayOf(START, timezone), localDayOf(START + HOURS * 3_600_000, timezone)] as [string, string],
    timezone,
    service: [6, 22],
    toleratedMinutes: 10,
  };
  const expected = toldByHand(question, spellsOf(truth, true), hoursOf(truth));
  expect(expected.outages.length).toBeGreaterThan(50);
  expect(expected.outages.some((line) => line.includes('closed'))).toBe(true);
  expect(await toldByViews(store, system_id, question)).toEqual(expected);
  await rollUpAll(store.context.pool);
  expect(await toldByViews(store, system_id, question)).toEqual(expected);
});

function trueStations(published: PublishedSystem, at: number) {
  return new Map(
    published
      .truth(at)
      .stations.map(({ station_id, bikes, docks, open }) => [
        station_id,
        { bikes, docks, installed: true, renting: open, returning: open },
      ]),
  );
}
