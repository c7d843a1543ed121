import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { expectSameRows } from '../../../test/history/same-rows.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

describe('sla_compliance', () => {
  test('gives every day of every system, with 6 to 22 o’clock and 10 minutes tolerated', async () => {
    await store.tellTimezone('oslo', 'Europe/Oslo');
    for (const system of ['oslo', 'other'])
      await store.pollEvery(120, system, [0, 26 * 3600], (second) => [
        station('1', second < 1800 ? 0 : 4, 4),
      ]);
    const rows = await store.ask(
      'select system_id, day::text, minutes_observed, minutes_in_target, outages_over_tolerance from api.sla_compliance order by system_id, day',
    );
    expect(rows).toEqual([
      {
        system_id: 'oslo',
        day: '2026-06-15',
        minutes_observed: 480,
        minutes_in_target: 460,
        outages_over_tolerance: 1,
      },
      {
        system_id: 'oslo',
        day: '2026-06-16',
        minutes_observed: 600,
        minutes_in_target: 600,
        outages_over_tolerance: 0,
      },
      {
        system_id: 'other',
        day: '2026-06-15',
        minutes_observed: 600,
        minutes_in_target: 580,
        outages_over_tolerance: 1,
      },
      {
        system_id: 'other',
        day: '2026-06-16',
        minutes_observed: 480,
        minutes_in_target: 480,
        outages_over_tolerance: 0,
      },
    ]);
    await expectSameRows(store, {
      view: 'select * from api.sla_compliance',
      given: `select * from api.sla_compliance_between('2026-06-15', '2026-06-16')`,
    });
  });
});
