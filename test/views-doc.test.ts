import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatTable } from '@velolog/cli/print/format-table';
import { askLake } from '@velolog/lake/ask-lake';
import { exportBundle } from '@velolog/lake/bundle/export-bundle';
import { PublishedSystem } from '@velolog/simulator/published-system';
import { planSystems } from '@velolog/simulator/systems';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, START, type TestStore } from './workers/test-store.ts';

/** docs/views.md, every question asked again. `UPDATE=1 npx vitest run test/views-doc.test.ts` writes what comes back. */
const FILE = new URL('../docs/views.md', import.meta.url);
const LAKE_FILE = new URL('../docs/lake.md', import.meta.url);
const POLL_SECONDS = 240;
const DAYS = 4;

let store: TestStore;
let reader: pg.Client;
beforeAll(async () => {
  store = await openTestStore();
  await recordCity();
  reader = new pg.Client({
    connectionString: store.readerUrl,
    options: '-c timezone=UTC',
    types: { getTypeParser: parserOf },
  });
  await reader.connect();
});
afterAll(async () => {
  await reader.end();
  await store[Symbol.asyncDispose]();
});

test('every question of docs/views.md gives the rows it shows (if not: UPDATE=1 npx vitest run test/views-doc.test.ts)', async () => {
  const { text, answered, questions } = await askAgain(FILE, async (query) => {
    const { fields, rows } = await reader.query({ text: query, rowMode: 'array' });
    return { columns: fields.map((field) => field.name), rows };
  });
  expect(questions).toBeGreaterThan(20);
  if (process.env.UPDATE === '1') writeFileSync(FILE, answered);
  else expect(text).toBe(answered);
});

test('every question of docs/lake.md gives the rows it shows, asked with DuckDB of an export (if not: UPDATE=1)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'velolog-lake-doc-'));
  try {
    const dir = join(folder, 'export');
    const options = {
      databaseUrl: store.url,
      dir,
      systems: [],
      fromDay: null,
      toDay: null,
      includeUnlicensed: true,
    };
    await exportBundle(options);
    const { text, answered, questions } = await askAgain(LAKE_FILE, (query) => askLake(dir, query));
    expect(questions).toBeGreaterThan(3);
    if (process.env.UPDATE === '1') writeFileSync(LAKE_FILE, answered);
    else expect(text).toBe(answered);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

type Answer = { columns: string[]; rows: unknown[][] };

/** The page as it should be: each question with the rows that come back now. */
async function askAgain(
  file: URL,
  ask: (query: string) => Promise<Answer>,
): Promise<{ text: string; answered: string; questions: number }> {
  const text = readFileSync(file, 'utf8');
  const questions = [...text.matchAll(/```sql\n([^`]+)```\n```\n/g)].map(([, query = '']) => query);
  let answered = '';
  let rest = text;
  for (const query of questions) {
    const { columns, rows } = await ask(query);
    expect(rows.length, query).toBeGreaterThan(0);
    const start = rest.indexOf(query) + query.length + '```\n```\n'.length;
    const end = rest.indexOf('```', start);
    answered += `${rest.slice(0, start)}${formatTable(columns, rows)}\n`;
    rest = rest.slice(end);
  }
  return { text, answered: answered + rest, questions: questions.length };
}

test('docs/views.md names every view and function of the schema', () => {
  const text = readFileSync(FILE, 'utf8');
  const views = globSync('**/*.sql', { cwd: fileURLToPath(new URL('../sql/views/', import.meta.url)) });
  const unnamed = views
    .map((file) => basename(file, '.sql'))
    .filter((view) => !new RegExp(`\\b${view}\\b`).test(text));
  expect(unnamed).toEqual([]);
});

/** Four days of a small city, with half an hour a day in which its feed does not answer, and all but the last hour rolled up. */
async function recordCity(): Promise<void> {
  const [system] = planSystems({ systems: 1, stations: 16, versions: ['2.3'], seed: 'docs' });
  if (system === undefined) throw new Error('The simulator planned no system');
  const { system_id } = system;
  const timeline = { startedAtMs: START, publicationSeconds: POLL_SECONDS, timeFactor: 1 };
  const city = new PublishedSystem(system, {
    timeline,
    ttlSeconds: 60,
    startHour: null,
    baseUrl: 'https://example.org',
  });
  const answer = (feed: 'station_status' | 'station_information' | 'system_information', second: number) =>
    city.answer(feed, START + second * 1000)?.document() ?? {};
  for (const feed of ['system_information', 'station_information'] as const)
    await store.record({ system_id, feed, second: 0, body: answer(feed, 0) });
  for (let day = 0; day < DAYS; day++) {
    const messages = [];
    for (let second = day * 86_400; second < (day + 1) * 86_400; second += POLL_SECONDS) {
      const isDown = second % 86_400 >= 64_800 && second % 86_400 < 66_600;
      messages.push(
        isDown
          ? store.message({ system_id, second, outcome: 'failed', error: 'http_503' })
          : store.message({ system_id, second, body: answer('station_status', second) }),
      );
    }
    await store.store(messages);
  }
  await rollUpAll(store.context.pool);
}

const [TIMESTAMPTZ, NUMERIC, BIGINT] = [1184, 1700, 20];

function parserOf(oid: number, format?: 'text' | 'binary') {
  if (oid === TIMESTAMPTZ) return (text: string) => text.replace('+00', '');
  if (oid === NUMERIC || oid === BIGINT) return Number;
  return pg.types.getTypeParser(oid, format as 'text');
}
