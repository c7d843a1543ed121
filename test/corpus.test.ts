import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readHistory } from '@velolog/cli/history/history-file';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corpus, missingCorpus } from './corpus.ts';
import { readTableRows } from './history/table-rows.ts';
import { isLongRun } from './is-long-run.ts';
import { type DeadLetterSeen, type ImportPipeline, startImportPipeline } from './workers/import-pipeline.ts';

/** What another program, which knows nothing of ours, found in a series with a LAG of its own. */
type Oracle = {
  snapshots: number;
  unparsable: number;
  first_rows: number;
  lag_changes_bikes_or_docks: number;
  lag_changes_bikes_only: number;
};

const missing = missingCorpus('series/oracle.json');
const oracle: Record<string, Oracle> = missing
  ? {}
  : JSON.parse(readFileSync(join(corpus, 'series/oracle.json'), 'utf8'));
/** Two months of Oslo are three times all other series together: they are for `npm run test:long`. */
const LONG_SERIES = 'series/oslo_bysykkel/station_status.2022-10_2022-12.ndjson.gz';
if (!isLongRun) delete oracle[LONG_SERIES];
const series = Object.keys(oracle).map((path) => ({
  path,
  file: join(corpus, path),
  // A system each, because the oracle looked at each file by itself.
  system: path
    .replace('series/', '')
    .replace('.ndjson.gz', '')
    .replaceAll(/[^\w.-]/g, ':'),
}));

test('recorded series are there to be imported', ({ skip }) => {
  if (missing) skip(missing);
  expect(series.length).toBeGreaterThan(0);
});

describe.skipIf(missing !== null)('the recorded series', () => {
  let pipeline: ImportPipeline;
  let client: pg.Client;
  const letters: DeadLetterSeen[] = [];

  beforeAll(async () => {
    pipeline = await startImportPipeline();
    client = new pg.Client({ connectionString: pipeline.databaseUrl });
    await client.connect();
  });

  afterAll(async () => {
    await client?.end();
    await pipeline?.stop();
  });

  test.each(series)('$path has exactly the changes of the oracle', async ({ path, file, system }) => {
    const { snapshots, unparsable, ...expected } = oracle[path] as Oracle;
    if (unparsable > 0) letters.push(...(await lettersExpected(system, file)));
    const { polls, skipped, ...result } = await pipeline.importFiles(system, file);
    // One series holds a snapshot twice.
    expect(polls + skipped).toBe(snapshots);
    expect(result).toEqual({
      system_id: system,
      feed: 'station_status',
      stations: expected.first_rows,
      changes: expected.lag_changes_bikes_or_docks,
      rejected: unparsable,
      ...(unparsable > 0 && { reasons: expect.any(Object) }),
    });
    expect(expected).toMatchObject(await readCounts(client, system));
  });

  test('the unparsable bodies, and no others, are in the dead letters', async () => {
    expect(letters).toHaveLength(Object.values(oracle).reduce((sum, { unparsable }) => sum + unparsable, 0));
    expect(await pipeline.deadLetters(letters.length)).toEqual(letters);
  });

  test('imported again, all of them change no row', async () => {
    const before = await readTableRows(pipeline.databaseUrl);
    for (const { path, file, system } of series) {
      const result = await pipeline.importFiles(system, file);
      const skipped = oracle[path]?.snapshots;
      expect(result, path).toMatchObject({ polls: 0, changes: 0, rejected: 0, skipped });
    }
    expect(await readTableRows(pipeline.databaseUrl)).toEqual(before);
  });
});

async function readCounts(client: pg.Client, system: string): Promise<Partial<Oracle>> {
  const { rows } = await client.query<Partial<Oracle>>(
    `select
       (select count(distinct station_key)::int from velolog.station_status
        join velolog.station using (station_key) join velolog.system using (system_key) where system_id = $1) as first_rows,
       count(*)::int as lag_changes_bikes_or_docks,
       (count(*) filter (where num_bikes_available is distinct from prev_num_bikes_available))::int as lag_changes_bikes_only
     from api.station_change where system_id = $1`,
    [system],
  );
  return rows[0] ?? {};
}

async function lettersExpected(system_id: string, file: string): Promise<DeadLetterSeen[]> {
  const letters: DeadLetterSeen[] = [];
  for await (const { body } of readHistory(file)) {
    const text = body.toString();
    if (!isJson(text))
      letters.push({ system_id, reason: text === '' ? 'empty_body' : 'not_json', body: text });
  }
  return letters;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
