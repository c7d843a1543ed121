import { LAKE_VIEWS } from '@velolog/lake/views/lake-views';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { linesOf, readApiViews } from '../history/lake-rows.ts';
import { fetchSpark } from './fetch-servers.ts';
import { type LakeOfHistory, openLakeOfHistory } from './lake-of-history.ts';
import { readSpark } from './spark.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));

describe.runIf(process.env.TEST_SPARK)(`Spark over a lake, with random history (SEED=${seed})`, () => {
  let lake: LakeOfHistory;
  beforeAll(async () => {
    fetchSpark();
    lake = await openLakeOfHistory(seed, { trino: false });
    await lake.update();
  });
  afterAll(() => lake?.[Symbol.asyncDispose]());

  test('each view gives the rows that PostgreSQL gives, over gaps, absences, imported history and the end of a month', async () => {
    const expected = await readApiViews(lake.store.url);
    expect(Object.values(expected).map((rows) => rows.length)).not.toContain(0);
    const found = await readSpark(
      lake.servers.settings,
      Object.fromEntries(LAKE_VIEWS.map((view) => [view, `select * from ${view}`])),
    );
    for (const view of LAKE_VIEWS) expect(linesOf(found[view] ?? []), view).toEqual(expected[view]);
  }, 900_000);
});
