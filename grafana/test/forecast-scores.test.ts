import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, START, type TestStore } from '../../test/workers/test-store.ts';
import { LINES_MAX } from '../src/panels/chart.ts';
import { askPanel } from './ask-panel.ts';
import { panelsOf, readDashboards } from './read-dashboards.ts';
import { connect } from './run-query.ts';

/**
 * What the quality dashboard shows of forecasts: `good` uses its model, `gave up` has used the table by count for two days, `new` has no score yet,
 * `archive` is never forecast, and more systems than there are colours have a few forecasts each.
 */
const DAY = 86_400;
const now = Math.floor((Date.now() - START) / 1000);
const MONTH: [number, number] = [now - 30 * DAY, now];
const SMALL = Array.from({ length: LINES_MAX }, (_, index) => `small ${index}`);
const ALL = ['good', 'gave up', 'new', 'archive', ...SMALL];

let store: TestStore;
let reader: pg.Client;

beforeAll(async () => {
  store = await openTestStore();
  for (const system_id of ALL)
    await store.poll(system_id, system_id === 'archive' ? now - 1000 * DAY : now - 30, [], {
      imported: system_id === 'archive',
    });
  await judge('good', { pairs: 1000, table: 20, used: () => 15 });
  await judge('gave up', { pairs: 900, table: 20, used: (daysAgo) => (daysAgo > 2 ? 22 : 20) });
  for (const system_id of SMALL) await judge(system_id, { pairs: 10, table: 2, used: () => 1.9 });
  reader = await connect(store.readerUrl);
});
afterAll(async () => {
  await reader.end();
  await store[Symbol.asyncDispose]();
});

/** Scores of the last four days, as the store keeps them. */
async function judge(
  system_id: string,
  { pairs, table, used }: { pairs: number; table: number; used: (daysAgo: number) => number },
): Promise<void> {
  for (const daysAgo of [1, 2, 3, 4])
    await store.ask(
      `insert into velolog.forecast_score
        select system_key, current_date - $2::int, target, minutes, $3::int, $4::float8, 15, 40, $5::float8, 60, array_fill(20, array[10]), array_fill(9.0::float8, array[10]), array_fill(8, array[10])
        from velolog.system, unnest(array['bike', 'dock']) as target, unnest(array[20, 60]) as minutes
        where system_id = $1`,
      [system_id, daysAgo, pairs, used(daysAgo), table],
    );
}

const ask = (title: string, system: string[], window = MONTH) =>
  askPanel(reader, ['quality.json', title], window, { system });

test.each(['bike', 'dock'])('no two lines of the skill of %s forecasts look alike', async (target) => {
  const title = `Skill of ${target} forecasts`;
  const rows = await ask(title, ALL);
  const names = Array.from(new Set(rows.map(({ metric }) => `${metric}`)));
  expect(names).toHaveLength(2 * LINES_MAX);
  expect(names).toEqual(expect.arrayContaining(['1. good +20 min', '1. good +60 min', '2. gave up +20 min']));
  expect(new Set(names.map((name) => lookOf(title, name))).size).toBe(names.length);
});

/** What Grafana draws a line with: the last override that matches its name decides. */
function lookOf(title: string, name: string): string {
  const quality = readDashboards().find(({ file }) => file === 'quality.json');
  const panel = quality && panelsOf(quality.dashboard).find((one) => one.title === title);
  const look = { color: panel?.fieldConfig?.defaults.color, 'custom.lineStyle': undefined };
  for (const { matcher, properties } of panel?.fieldConfig?.overrides ?? []) {
    if (matcher.id !== 'byRegexp' || !new RegExp(`${matcher.options}`.slice(1, -1)).test(name)) continue;
    Object.assign(look, Object.fromEntries(properties.map(({ id, value }) => [id, value])));
  }
  return JSON.stringify(look);
}

test('a system whose model is not used says so, although its skill is a little below 0; one without a score is named', async () => {
  const rows = await ask('Forecasts by system, the worst first', ['good', 'gave up', 'new', 'archive']);
  expect(rows.map(({ System, Forecast, Skill, 'In use': used }) => [System, Forecast, Skill, used])).toEqual([
    ...each('gave up', expect.closeTo(-0.05), 'table by count'),
    ...each('good', expect.closeTo(0.25), 'model'),
    ['new', 'none came due', null, null],
  ]);
  expect(rows[0]).toMatchObject({ 'Over present count': expect.closeTo(0.475), Cases: 3600 });
});

const each = (system: string, skill: unknown, used: string) =>
  ['bike +20 min', 'bike +60 min', 'dock +20 min', 'dock +60 min'].map((forecast) => [
    system,
    forecast,
    skill,
    used,
  ]);

test('a time without forecasts has no score, no skill of 0 and no tenth', async () => {
  const before: [number, number] = [now - 90 * DAY, now - 60 * DAY];
  expect(await ask('Forecasts by system, the worst first', ['good'], before)).toMatchObject([
    { Forecast: 'none came due', Skill: null, 'In use': null, Cases: null },
  ]);
  expect(await ask('Forecasts by system, the worst first', ['archive'])).toEqual([]);
  for (const title of ['Skill of bike forecasts', 'Reliability of dock forecasts'])
    expect(await ask(title, ['good'], before), title).toEqual([]);
});

test('reliability tells what was forecast and what came true before how often, and of all tenths at once', async () => {
  const tenths = await ask('Reliability of bike forecasts', ['good']);
  expect(tenths).toHaveLength(10);
  expect(Object.entries(tenths[9] ?? {})).toEqual([
    ['Forecast', '90 to 100 %'],
    ['Mean', 0.45],
    ['Came true', 0.4],
    ['Cases', 160],
  ]);
});
