import { createReadStream, globSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { askCatalogue } from '@velolog/lake/ask-lake';
import { makeTrinoViews } from '@velolog/lake/views/make-trino-views';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corpus, missingCorpus } from '../corpus.ts';
import { linesOf, readApiRows } from '../history/lake-rows.ts';
import { openTestStore, type TestStore } from '../workers/test-store.ts';
import { type LakeOfStore, openLakeOf } from './lake-of-history.ts';
import { readTrino } from './trino.ts';

const missing = missingCorpus('series');
/** Where lake and database meet. One recording lies over it, and over another end of a month. */
const CUT = Date.UTC(2022, 11, 1);
const LONG = '2022-10_2022-12';
const CHANGES = 'select * from api.station_change';

describe.skipIf(missing !== null)('station_change over each recorded feed of stations', () => {
  let lake: LakeOfStore;
  beforeAll(async () => {
    const store = await openTestStore();
    const files = globSync('*/*.ndjson.gz', { cwd: join(corpus, 'series') }).filter(
      (path) => !path.includes('free_bike_status'),
    );
    for (const path of files.sort()) await storeSeries(store, path);
    lake = await openLakeOf(store, { trino: true });
    await lake.update({ toDay: '2022-11-30' });
    await makeTrinoViews(lake.servers.trinoUrl);
  });
  afterAll(() => lake?.[Symbol.asyncDispose]());

  async function readDuckDb(query: string): Promise<string[]> {
    const { columns, rows } = await askCatalogue(lake.servers.settings, query);
    return linesOf(rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]]))));
  }

  test('up to the end of a month through DuckDB: the rows of PostgreSQL', async () => {
    const expected = await readApiRows(
      lake.store.url,
      `${CHANGES} where observed_at < '${new Date(CUT).toISOString()}'`,
    );
    expect(new Set(expected.map((row) => JSON.parse(row).system_id)).size).toBeGreaterThan(5);
    expect(await readDuckDb(CHANGES)).toEqual(expected);
  });

  test('hot and cold together through Trino: the rows of PostgreSQL, those at the end of the month too', async () => {
    const expected = await readApiRows(lake.store.url, CHANGES);
    const acrossCut = expected
      .map((row) => JSON.parse(row) as { observed_at: string; prev_observed_at: string })
      .filter((row) => Date.parse(row.prev_observed_at) < CUT && Date.parse(row.observed_at) >= CUT);
    expect(acrossCut.length).toBeGreaterThan(100);
    expect(linesOf(await readTrino(lake.servers.trinoUrl, CHANGES))).toEqual(expected);
  });

  test('all of it in the lake, through DuckDB and Trino: the rows of PostgreSQL', async () => {
    await lake.update();
    const expected = await readApiRows(lake.store.url, CHANGES);
    console.log(`${expected.length} changes`);
    expect(await readDuckDb(CHANGES)).toEqual(expected);
    expect(linesOf(await readTrino(lake.servers.trinoUrl, CHANGES))).toEqual(expected);
  });
});

/** As a system of its own, moved in time so that the month ends in its middle. */
async function storeSeries(store: TestStore, path: string): Promise<void> {
  const lines = createInterface({
    input: createReadStream(join(corpus, 'series', path)).pipe(createGunzip()),
  });
  const polls: { fetched_at: string; body: string }[] = [];
  for await (const line of lines) polls.push(JSON.parse(line) as (typeof polls)[0]);
  const middle = Date.parse(polls[Math.floor(polls.length / 2)]?.fetched_at ?? '');
  const shift = path.includes(LONG) ? 0 : CUT - middle;
  const messages = polls.map(({ fetched_at, body }) =>
    store.message({
      system_id: path.replace('/', ' ').replace(/\.ndjson\.gz$/, ''),
      second: 0,
      fetched_at: new Date(Date.parse(fetched_at) + shift),
      body,
    }),
  );
  for (let first = 0; first < messages.length; first += 200)
    await store.store(messages.slice(first, first + 200));
}
