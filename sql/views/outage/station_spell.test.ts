import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

import { rollUpAll } from '@velolog/store/upkeep/roll-up';

async function spells(system: string): Promise<string[]> {
  const rows = await store.ask(
    'select * from api.station_spell where system_id = $1 order by station_id, from_at',
    [system],
  );
  return rows.map(
    (row) =>
      `${row.station_id} ${row.state} ${row.from_at}-${row.to_at} ${row.duration_seconds} s` +
      `${row.is_open ? ' open' : ''}${row.start_observed ? '' : ' start?'}${row.end_observed ? '' : ' end?'}`,
  );
}

describe('station_spell', () => {
  test('the time observed is cut where the state changes and where observation pauses', async () => {
    const poll = (second: number, bikes: number) => store.poll('cut', second, [station('1', bikes, 5)]);
    await poll(0, 3);
    await poll(60, 0);
    await poll(120, 0);
    await store.record({ system_id: 'cut', second: 180, outcome: 'failed', error: 'http_500' });
    await poll(240, 0);
    await poll(300, 2);
    await poll(360, 2);
    expect(await spells('cut')).toEqual([
      '1 ok 0-60 60 s start?',
      '1 empty 60-120 60 s end?',
      '1 empty 240-300 60 s start?',
      '1 ok 300-null 60 s open end?',
    ]);
  });

  test('an absent station has no open spell, one that a failed poll leaves as it was does', async () => {
    await store.poll('gone', 0, [station('1', 5, 5), station('2', 5, 5)]);
    await store.poll('gone', 60, [station('1', 5, 5)]);
    await store.record({ system_id: 'gone', second: 120, outcome: 'failed', error: 'http_500' });
    expect(await spells('gone')).toEqual(['1 ok 0-null 60 s open start? end?', '2 ok 0-0 0 s start? end?']);
  });

  test('a spell that goes on for hours stays one while it is rolled up piece by piece', async () => {
    const before: string[] = [];
    const after: string[] = [];
    for (let minute = 0; minute <= 300; minute += 20) {
      await store.poll('long', minute * 60, [station('1', minute > 60 && minute < 280 ? 0 : 4, 5)]);
      before.push(...(await spells('long')).slice(-1));
      await rollUpAll(store.context.pool);
      after.push(...(await spells('long')).slice(-1));
    }
    expect(after).toEqual(before);
    expect((await spells('long')).filter((line) => line.includes('empty'))).toEqual([
      '1 empty 4800-16800 12000 s',
    ]);
    const [{ rolled } = {}] = await store.ask('select count(*)::int as rolled from velolog.station_spell');
    expect(rolled).toBeGreaterThan(2);
  });
});
