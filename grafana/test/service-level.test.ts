import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, START, type TestStore } from '../../test/workers/test-store.ts';
import { askPanel } from './ask-panel.ts';
import { connect } from './run-query.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const secondAt = (time: string) => (Date.parse(time) - START) / 1000;

let store: TestStore;
let reader: pg.Client;

beforeAll(async () => {
  store = await openTestStore();
  reader = await connect(store.readerUrl);
});
afterAll(async () => {
  await reader.end();
  await store[Symbol.asyncDispose]();
});

const polls = (system: string, from: number, to: number) =>
  store.pollEvery(240, system, [from, to], () => [
    { station_id: 'a', num_bikes_available: 2, num_docks_available: 2 },
  ]);

type Chosen = { system: string; sla_days?: string; from_hour?: string; to_hour?: string };

/** What both panels show when the time on screen ends at `to`. */
async function serviceLevels(to: number, chosen: Chosen) {
  const ask = (of: string) =>
    askPanel(
      reader,
      ['system.json', `Service level per ${of}, last $sla_days days`],
      [to - HOUR, to],
      chosen,
    );
  return { days: await ask('day'), stations: await ask('station') };
}

describe('service levels', () => {
  test('have whole local days, and none for a day that is not over or was hardly observed', async () => {
    const now = Math.floor((Date.now() - START) / 1000);
    const midnight = now - (Math.floor(START / 1000 + now) % DAY);
    // Yesterday whole, the day before for two hours of it, today until now.
    await polls('city', midnight - 2 * DAY, midnight - 2 * DAY + 2 * HOUR);
    await polls('city', midnight - DAY, Math.max(now - 60, midnight + 60));
    const { days, stations } = await serviceLevels(now, { system: 'city' });
    const date = (at: number) => new Date(START + at * 1000).toISOString().slice(0, 10);
    expect(days.map(({ Day, 'Mean of stations': mean }) => [Day, mean])).toEqual([
      [date(midnight - 2 * DAY), null],
      [date(midnight - DAY), 1],
    ]);
    expect(days[0]?.Observed).toBeCloseTo(2 / 24, 2);
    expect(days[1]?.Observed).toBeCloseTo(1, 2);
    expect(stations[0]?.Known).toBeLessThan(0.6);
  });

  test('are given of no station of which less than half is known, as of no such day', async () => {
    const midnight = DAY / 2;
    await polls('rare', midnight, midnight + 6 * HOUR);
    await polls('rare', midnight + 3 * DAY, midnight + 4 * DAY);
    const ask = async (sla_days: string) =>
      (await serviceLevels(midnight + 4 * DAY, { system: 'rare', sla_days })).stations;
    expect(await ask('4')).toMatchObject([{ Known: expect.closeTo(30 / 96, 2), 'In target': null }]);
    expect(await ask('1')).toMatchObject([{ Known: expect.closeTo(1, 2), 'In target': 1 }]);
  });

  test.each([
    ['a day of 23 hours', 'spring', '2026-03-28T22:00Z', '2026-03-29T23:00Z', 1],
    // Observed from 01:00 local time: the pace of the polls is known from the second one on.
    ['a day of 25 hours', 'autumn', '2025-10-25T22:56Z', '2025-10-27T00:00Z', 24 / 25],
  ])('%s is observed as far as its own hours were', async (_, system, from, to, share) => {
    await store.tellTimezone(system, 'Europe/Oslo');
    await polls(system, secondAt(from), secondAt(to));
    const { days, stations } = await serviceLevels(secondAt(to), { system, sla_days: '1' });
    expect(days).toHaveLength(1);
    expect(days[0]?.Observed).toBeCloseTo(share, 4);
    expect(stations.map(({ Known }) => Known)).toEqual([expect.closeTo(share, 4)]);
  });

  describe('of the last 2 days', () => {
    beforeAll(async () => {
      await store.tellTimezone('auckland', 'Pacific/Auckland');
      await polls('auckland', secondAt('2026-05-31T12:00Z'), secondAt('2026-06-06T12:00Z'));
    });

    // Auckland is 12 hours ahead of UTC in June.
    test.each([
      ['the local day is over before the UTC day', '2026-06-05T11:59Z', 0, 24, ['2026-06-03', '2026-06-04']],
      ['the local day ended just now', '2026-06-05T12:00Z', 0, 24, ['2026-06-04', '2026-06-05']],
      [
        'the UTC day began long after the local one',
        '2026-06-05T00:30Z',
        0,
        24,
        ['2026-06-03', '2026-06-04'],
      ],
      ['the hours of today have passed', '2026-06-05T00:30Z', 7, 9, ['2026-06-04', '2026-06-05']],
      ['the hours of today are not over', '2026-06-04T20:30Z', 7, 9, ['2026-06-03', '2026-06-04']],
      ['the night is over', '2026-06-04T20:30Z', 22, 6, ['2026-06-03', '2026-06-04']],
      ['the night is not over', '2026-06-04T17:30Z', 22, 6, ['2026-06-02', '2026-06-03']],
      ['24 hours from 6 to 6', '2026-06-04T18:00Z', 6, 6, ['2026-06-03', '2026-06-04']],
    ])('there are 2 local days when %s', async (_, to, from_hour, to_hour, expected) => {
      const { days, stations } = await serviceLevels(secondAt(to), {
        system: 'auckland',
        sla_days: '2',
        from_hour: String(from_hour),
        to_hour: String(to_hour),
      });
      expect(days.map(({ Day }) => Day)).toEqual(expected);
      expect(days.map(({ Observed }) => Observed)).toEqual([expect.closeTo(1, 4), expect.closeTo(1, 4)]);
      expect(stations[0]?.Known).toBeCloseTo(1, 4);
    });
  });
});
