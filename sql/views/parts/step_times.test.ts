import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../../test/servers/test-database.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let reader: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  reader = new pg.Client({ connectionString: database.readerUrl });
  await reader.connect();
});
afterAll(async () => {
  await reader.end();
  await database.drop();
});

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 5, 15, 12);

/** The times from and to so many milliseconds after noon, counted from noon in seconds. */
async function times(fromMs: number, toMs: number, stepSeconds: number) {
  const { rows } = await reader.query<{ at: Date; number: string; seconds: number }>(
    'select * from api.step_times($1, $2, $3) order by at',
    [new Date(START + fromMs), new Date(START + toMs), stepSeconds],
  );
  for (const { at, number, seconds } of rows)
    expect(Number(number) * seconds).toBeCloseTo(at.getTime() / 1000, 3);
  return { at: rows.map(({ at }) => (at.getTime() - START) / 1000), seconds: rows[0]?.seconds };
}

test('step_times gives the multiples of the step in a window, both ends included', async () => {
  expect(await times(0, 600_000, 300)).toEqual({ at: [0, 300, 600], seconds: 300 });
  expect((await times(1, 599_999, 300)).at).toEqual([300]);
  expect((await times(1000, 2000, 300)).at).toEqual([]);
});

test('a step that gives more than 2,000 times is made longer, and none is shorter than a second', async () => {
  const long = await times(0, 30 * DAY_MS, 60);
  expect(long.seconds).toBe((30 * 86_400) / 2000);
  expect(long.at.length).toBeLessThanOrEqual(2001);
  expect((await times(0, 3000, 0.1)).at).toEqual([0, 1, 2, 3]);
});
