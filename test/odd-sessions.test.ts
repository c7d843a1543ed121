import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ImportPipeline, startImportPipeline } from './workers/import-pipeline.ts';
import { startTestLive } from './workers/test-live.ts';

/** What an administrator may have set for a database, each of which changes how values are read or written. */
const ODD_SETTINGS = [
  `datestyle = 'German, DMY'`,
  `intervalstyle = 'sql_standard'`,
  `timezone = 'Asia/Kathmandu'`,
  'extra_float_digits = -15',
  'standard_conforming_strings = off',
  'escape_string_warning = off',
  `bytea_output = 'escape'`,
  `client_encoding = 'LATIN1'`,
  'search_path = odd, public',
  `default_transaction_isolation = 'serializable'`,
  'array_nulls = off',
  'transform_null_equals = on',
];

const folder = mkdtempSync(join(tmpdir(), 'velolog-odd-'));
let pipeline: ImportPipeline;
const optionsBefore = process.env.PGOPTIONS;

beforeAll(async () => {
  pipeline = await startImportPipeline({ prepare: setOddly });
});

afterAll(async () => {
  await pipeline?.stop();
  rmSync(folder, { recursive: true });
  if (optionsBefore === undefined) delete process.env.PGOPTIONS;
  else process.env.PGOPTIONS = optionsBefore;
});

/** As an administrator: it holds for every session that begins later. `odd` shadows names that the store uses. */
async function setOddly(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const name = client.escapeIdentifier(new URL(databaseUrl).pathname.slice(1));
  for (const setting of ODD_SETTINGS) await client.query(`alter database ${name} set ${setting}`);
  await client.query('create schema odd');
  await client.query('create table odd.system (nothing text); create table odd.feed (nothing text)');
  await client.end();
  // From here on only clients of the product connect.
  process.env.PGOPTIONS = '-c datestyle=SQL';
  process.env.PGREPLICATION = 'database';
}

function history(): string {
  const body = (bikes: number) => ({
    data: { stations: [{ station_id: 'ö \\', num_bikes_available: bikes, num_docks_available: 9 }] },
  });
  const path = join(folder, 'history.ndjson');
  const lines = [3, 5, 4].map((bikes, minute) =>
    JSON.stringify({ fetched_at: `2024-02-03T04:0${minute}:05.678Z`, body: body(bikes) }),
  );
  writeFileSync(path, lines.join('\n'));
  return path;
}

test('a database set to other dates, zones, paths and rules than usual stores and answers the same', async () => {
  expect(await pipeline.importFiles('odd', history())).toMatchObject({ polls: 3, changes: 2, rejected: 0 });
  await using live = await startTestLive(pipeline.readerUrl);
  const path = '/systems/odd/changes?from=2024-02-01T00:00:00Z&to=2024-03-01T00:00:00Z';
  expect(await live.json(path)).toMatchObject({
    changes: [
      { station_id: 'ö \\', observed_at: '2024-02-03T04:01:05.678Z', bikes_delta: 2 },
      { station_id: 'ö \\', observed_at: '2024-02-03T04:02:05.678Z', bikes_delta: -1 },
    ],
  });
  const velolog = fileURLToPath(new URL('../packages/cli/bin/velolog.js', import.meta.url));
  const query =
    "select observed_at, 0.1::float8 + 0.2 as sum, '1 day 2 hours'::interval as i from station_change order by 1";
  const { stdout } = await promisify(execFile)(process.execPath, [velolog, 'sql', '--json', query], {
    env: { ...process.env, READER_DATABASE_URL: pipeline.readerUrl, PGREPLICATION: 'database' },
  });
  expect(JSON.parse(stdout)).toEqual([
    { observed_at: '2024-02-03T04:01:05.678Z', sum: 0.30000000000000004, i: '1 day 02:00:00' },
    { observed_at: '2024-02-03T04:02:05.678Z', sum: 0.30000000000000004, i: '1 day 02:00:00' },
  ]);
});
