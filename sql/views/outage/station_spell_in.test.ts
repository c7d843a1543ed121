import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const at = (second: number) => `'2026-06-15T12:00:00Z'::timestamptz + ${second} * interval '1 s'`;

async function spells(system: string, from: string, to: string): Promise<string[]> {
  const rows = await store.ask(
    `select spell.*
     from api.observed_lane as lane
     cross join lateral api.station_spell_in(lane.system_key, lane.from_at, lane.to_at, ${from}, ${to}) as spell
     where lane.system_id = $1
     order by spell.from_at, spell.to_at`,
    [system],
  );
  return rows.map(
    (row) => `${row.state} ${row.from_at}-${row.to_at} start ${row.start_observed} end ${row.end_observed}`,
  );
}

describe('station_spell_in', () => {
  beforeAll(async () => {
    const bikes = [0, 0, 3, 3, 0, 0, 2];
    for (const [index, count] of bikes.entries())
      await store.poll('cut', index * 60, [station('1', count, 4)]);
  });

  test('a row that repeats the state begins no spell; the first is not seen to begin', async () => {
    await store.poll('repeat', 0, [station('1', 0, 10)]);
    await store.poll('repeat', 60, [station('1', 0, 9)]);
    await store.poll('repeat', 120, [station('1', 1, 8)]);
    await store.poll('repeat', 180, [station('1', 2, 7)]);
    expect(await spells('repeat', "'-infinity'", "'infinity'")).toEqual([
      'empty 0-120 start false end true',
      'ok 120-180 start true end false',
    ]);
  });

  test('a stretch of time gives the parts of the spells in it, and says which go on beyond it', async () => {
    expect(await spells('cut', at(90), at(270))).toEqual([
      'empty 90-120 start null end true',
      'ok 120-240 start true end true',
      'empty 240-270 start true end null',
    ]);
  });

  test('a spell that begins at the end of a stretch belongs to the next, which also shows that the one before ends', async () => {
    expect(await spells('cut', at(60), at(120))).toEqual(['empty 60-120 start null end null']);
    expect(await spells('cut', at(120), at(180))).toEqual([
      'empty 120-120 start null end true',
      'ok 120-180 start true end null',
    ]);
  });

  test('a station that appears later is not seen to begin either', async () => {
    await store.poll('new', 0, [station('1', 5, 5)]);
    await store.poll('new', 60, [station('1', 5, 5), station('2', 0, 5)]);
    await store.poll('new', 120, [station('1', 5, 5), station('2', 0, 5)]);
    expect(await spells('new', "'-infinity'", "'infinity'")).toEqual([
      'ok 0-120 start false end false',
      'empty 60-120 start false end false',
    ]);
  });

  test('where retention has dropped the rows, the last known state speaks', async () => {
    for (let poll = 0; poll < 5; poll++) await store.poll('dropped', poll * 60, [station('1', 0, 5)]);
    await store.ask(
      `delete from velolog.station_status using velolog.station join velolog.system using (system_key)
       where station.station_key = station_status.station_key and system_id = 'dropped'`,
    );
    expect(await spells('dropped', at(90), "'infinity'")).toEqual(['empty 90-240 start null end false']);
  });
});
