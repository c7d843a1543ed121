import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../test/given-station.ts';
import { openTestStore, type TestStore } from '../../test/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

/** The time of a system, told by its system_information. */
const tellTimezone = (system_id: string, timezone: string) =>
  store.record({ system_id, feed: 'system_information', second: 0, body: { data: { system_id, timezone } } });

describe('sla_compliance', () => {
  test('gives every day of every system, with 6 to 22 o’clock and 10 minutes tolerated', async () => {
    await tellTimezone('oslo', 'Europe/Oslo');
    for (const system of ['oslo', 'other']) {
      const messages = [];
      for (let minute = 0; minute <= 26 * 60; minute += 2)
        messages.push(
          store.message({
            system_id: system,
            second: minute * 60,
            body: { data: { stations: [station('1', minute < 30 ? 0 : 4, 4)] } },
          }),
        );
      await store.store(messages);
    }
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
    expect(
      await store.ask(`select count(*)::int from (
        select * from api.sla_compliance except select * from api.sla_compliance_between('2026-06-15', '2026-06-16')) as missing`),
    ).toEqual([{ count: 0 }]);
  });
});
