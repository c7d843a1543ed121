import { setTimeout as wait } from 'node:timers/promises';
import { LAKE_VIEWS } from '@velolog/lake/views/lake-views';
import { makeTrinoViews } from '@velolog/lake/views/make-trino-views';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { linesOf, readApiViews } from '../history/lake-rows.ts';
import { type LakeOfHistory, openLakeOfHistory } from './lake-of-history.ts';
import { readTrino } from './trino.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));

// All views of a whole history, by three nodes of Trino: on a machine busy with other work longer than a test usually may take.
const TIMEOUT = { timeout: 900_000 };

describe(`Trino over a lake and the database, with random history (SEED=${seed})`, TIMEOUT, () => {
  let lake: LakeOfHistory;
  beforeAll(async () => {
    lake = await openLakeOfHistory(seed, { trino: true });
    await lake.update({ toDay: '2026-06-30' });
    await makeTrinoViews(lake.servers.trinoUrl);
  });
  afterAll(() => lake?.[Symbol.asyncDispose]());

  async function readTrinoViews(): Promise<Record<string, string[]>> {
    const views: Record<string, string[]> = {};
    for (const view of LAKE_VIEWS)
      views[view] = linesOf(await readTrino(lake.servers.trinoUrl, `select * from lake.api.${view}`));
    return views;
  }

  test('hot and cold together through Trino give the rows of PostgreSQL in each view, over the end of a month too', async () => {
    const cut = await readTrino(lake.servers.trinoUrl, 'select until_at from lake.velolog.lake_end');
    expect(cut).toEqual([{ until_at: '2026-07-01T00:00:00Z' }]);
    const sides = await readTrino(
      lake.servers.trinoUrl,
      `select count_if(observed_at < timestamp '2026-07-01 00:00:00 UTC') > 0 as cold, count_if(observed_at >= timestamp '2026-07-01 00:00:00 UTC') > 0 as hot from lake.files.station_status where system_id = 'cut'`,
    );
    expect(sides).toEqual([{ cold: true, hot: true }]);
    const expected = await readApiViews(lake.store.url);
    expect(Object.values(expected).map((rows) => rows.length)).not.toContain(0);
    const found = await readTrinoViews();
    for (const view of LAKE_VIEWS) expect(found[view], view).toEqual(expected[view]);
  });

  test('it is the same when the lake has all of it', async () => {
    await lake.update();
    expect((await readTrinoViews()).station_change).toEqual(
      (await readApiViews(lake.store.url)).station_change,
    );
  });

  test('a Trino worker killed during a query: it fails or is right, and asked again it is right', async () => {
    const query = 'select count(*) as n, sum(bikes_delta) as sum from lake.api.station_change';
    const before = await readTrino(lake.servers.trinoUrl, query);
    const asked = Promise.allSettled(
      Array.from({ length: 4 }, () => readTrino(lake.servers.trinoUrl, query)),
    );
    lake.servers.killTrinoWorker();
    for (const outcome of await asked)
      if (outcome.status === 'fulfilled') expect(outcome.value).toEqual(before);
    const again = async (attempts: number): Promise<unknown> =>
      readTrino(lake.servers.trinoUrl, query).catch(async (error: Error) => {
        if (attempts === 0) throw error;
        // Trino takes a node off its list when it has not answered for a while.
        await wait(1000);
        return again(attempts - 1);
      });
    expect(await again(60)).toEqual(before);
  });
});
