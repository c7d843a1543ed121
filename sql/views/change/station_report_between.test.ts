import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
  const at = (second: number, bikes: number, docks: number) =>
    store.poll('steps', second, [
      { station_id: '1', num_bikes_available: bikes, num_docks_available: docks, is_renting: true },
      { station_id: '2', num_bikes_available: 1, num_docks_available: 1 },
    ]);
  const without = (second: number) =>
    store.poll('steps', second, [{ station_id: '2', num_bikes_available: 1 }]);
  await at(0, 5, 5);
  await at(30, 5, 5);
  await at(60, 0, 10);
  await without(90);
  await without(120);
  await at(150, 0, 10);
  await at(180, 3, 7);
  await without(210);
  await at(240, 10, 0);
  await without(270);
});
afterAll(() => store[Symbol.asyncDispose]());

async function steps(from: number, to: number, station = '1'): Promise<string[]> {
  const at = (parameter: string) => `'2026-06-15T12:00:00Z'::timestamptz + ${parameter} * interval '1 s'`;
  const rows = await store.ask(
    `select * from api.station_report_between(${at('$1')}, ${at('$2')}, 'steps', $3)`,
    [from, to, station],
  );
  return rows.map(
    (row) => `${row.observed_at}: ${row.num_bikes_available} ${row.num_docks_available} ${row.state}`,
  );
}

describe('station_report_between', () => {
  test('gives each time from which the values were others, also while the list lacks the station', async () => {
    expect(await steps(-10, 1000)).toEqual([
      '0: 5 5 ok',
      '60: 0 10 empty',
      '90: null null absent',
      '150: 0 10 empty',
      '180: 3 7 ok',
      '210: null null absent',
      '240: 10 0 full',
      '270: null null absent',
    ]);
  });

  test.each([
    [-100, -10, []],
    [-100, 0, ['0: 5 5 ok']],
    [0, 0, ['0: 5 5 ok']],
    [45, 60, ['0: 5 5 ok', '60: 0 10 empty']],
    [60, 89, ['60: 0 10 empty']],
    [100, 149, ['90: null null absent']],
    [100, 150, ['90: null null absent', '150: 0 10 empty']],
    [160, 170, ['150: 0 10 empty']],
    [245, 260, ['240: 10 0 full']],
    [500, 600, ['270: null null absent']],
  ])('from %i s to %i s it begins with what held then', async (from, to, expected) => {
    expect(await steps(from, to)).toEqual(expected);
  });

  test('gives the flags of a station, and null while it is absent', async () => {
    const rows = await store.ask(
      `select is_renting, is_installed from api.station_report_between('2026-06-15T12:01:00Z', '2026-06-15T12:01:30Z', 'steps', '1')`,
    );
    expect(rows).toEqual([
      { is_renting: true, is_installed: null },
      { is_renting: null, is_installed: null },
    ]);
  });

  test('a station that is not known gives no rows and no error', async () => {
    expect(await steps(0, 1000, 'none')).toEqual([]);
  });
});
