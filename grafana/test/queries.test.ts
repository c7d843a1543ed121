import type { Dashboard, Panel, VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../test/workers/test-store.ts';
import { PROMETHEUS } from '../src/questions/prometheus-query.ts';
import type { SqlQuery } from '../src/questions/sql-query.ts';
import { expandSql, type QueryContext } from './expand-query.ts';
import { isSql, openingMs, panelsOf, readDashboards, targetsOf } from './read-dashboards.ts';
import { connect, type Field, type Result, runQuery } from './run-query.ts';
import { SYSTEMS, seed } from './seed.ts';

/** More would make a browser slow; Grafana itself cuts at a million. */
const ROWS_MAX = 5000;
const all = readDashboards();

let seeded: TestStore;
let empty: TestStore;
let reader: pg.Client;
let emptyReader: pg.Client;

beforeAll(async () => {
  seeded = await openTestStore();
  empty = await openTestStore();
  await seed(seeded);
  reader = await connect(seeded.readerUrl);
  emptyReader = await connect(empty.readerUrl);
});
afterAll(async () => {
  await reader.end();
  await emptyReader.end();
  await seeded[Symbol.asyncDispose]();
  await empty[Symbol.asyncDispose]();
});

/** The window that a dashboard opens with, as wide a point as on a screen of 800 pixels. */
function windowOf(dashboard: Dashboard): Pick<QueryContext, 'from' | 'to' | 'intervalMs'> {
  const ms = openingMs(dashboard);
  // A little in the past: what was going on at the end of the window is cut there.
  const to = new Date(Date.now() - 900_000);
  return {
    from: new Date(to.getTime() - ms),
    to,
    intervalMs: Math.max(30_000, Math.round(ms / 800_000) * 1000),
  };
}

type Choice = { name: string; variables: QueryContext['variables'] };

/** What a viewer can choose: each value, or of a variable that allows several also all, one and none. */
async function choicesOf(dashboard: Dashboard, client: pg.Client): Promise<Choice[]> {
  let choices: Choice[] = [{ name: '', variables: {} }];
  for (const variable of dashboard.templating.list ?? []) {
    if (variable.datasource?.uid === PROMETHEUS.uid) continue;
    const next: Choice[] = [];
    for (const { name, variables } of choices) {
      const context = { ...windowOf(dashboard), variables };
      const options =
        variable.type === 'custom'
          ? [`${variable.current?.value}`]
          : await optionsOf(variable, client, context);
      const values = variable.multi
        ? [options, options.slice(0, 1), []]
        : options.length > 0
          ? options
          : [''];
      for (const value of values)
        next.push({
          name: `${name} ${variable.name}=${value}`,
          variables: { ...variables, [variable.name]: value },
        });
    }
    choices = next;
  }
  return choices;
}

async function optionsOf(
  variable: VariableModel,
  client: pg.Client,
  context: QueryContext,
): Promise<string[]> {
  const { fields, rows } = await runQuery(client, expandSql(`${variable.query}`, context));
  expect(fields).toEqual([
    { name: '__text', type: 'string' },
    { name: '__value', type: 'string' },
  ]);
  expect(new Set(rows.map(([text]) => text)).size).toBe(rows.length);
  return rows.map(([, value]) => `${value}`);
}

const sqlPanels = all.flatMap(({ file, dashboard }) =>
  panelsOf(dashboard).flatMap((panel) =>
    targetsOf(panel)
      .filter(isSql)
      .map((target) => ({ file, title: panel.title ?? '', dashboard, panel, target })),
  ),
);

describe.each(sqlPanels)('$file "$title"', ({ dashboard, panel, target }) => {
  test('asks the schema api only, and no more rows than a browser can show', () => {
    expect(target.rawSql).not.toMatch(/velolog\.|\bpg_|information_schema/);
    expect(target.rawSql).toMatch(/\bapi\.\w+/);
    expect(target.rawSql.trim()).not.toMatch(/;/);
    const bounded = /\blimit \d+$|system_count_between|__timeGroupAlias|group by 1\norder by 1$/.test(
      target.rawSql,
    );
    expect(bounded || panel.type === 'stat', 'a limit at its end').toBe(true);
  });

  test('gives its panel the columns it uses, whatever is chosen', async () => {
    let rowsSeen = 0;
    for (const { name, variables } of await choicesOf(dashboard, reader)) {
      const result = await runQuery(reader, expandSql(target.rawSql, { ...windowOf(dashboard), variables }));
      expect(result.rows.length, name).toBeLessThanOrEqual(ROWS_MAX);
      checkShape(panel, target, result);
      checkFields(panel, result.fields);
      rowsSeen += result.rows.length;
    }
    expect(rowsSeen, 'the seeded database has something for every panel').toBeGreaterThan(0);
  });

  test('is no error on an empty database', async () => {
    for (const { variables } of await choicesOf(dashboard, emptyReader)) {
      const { fields } = await runQuery(
        emptyReader,
        expandSql(target.rawSql, { ...windowOf(dashboard), variables }),
      );
      checkFields(panel, fields);
    }
  });
});

/** What Grafana asks of a result before a panel of this type can draw it. */
function checkShape(panel: Panel, target: SqlQuery, { fields, rows }: Result): void {
  const numbers = fields.filter(({ type }) => type === 'number');
  if (panel.type === 'stat') {
    expect(rows.length).toBeLessThanOrEqual(1);
    // A legend of a map has a number for each of its colours.
    if (panel.options.textMode === 'value_and_name')
      expect(fields.map(({ name }) => name)).toEqual(
        panel.fieldConfig?.overrides.map(({ matcher }) => matcher.options),
      );
    else if (panel.transformations?.[0]?.id === 'rowsToFields') {
      // A name, its number, and the colour of that, or null for the colour by limits.
      expect(fields.map(({ name }) => name)).toEqual(['name', 'Age', 'color']);
      expect(fields.map(({ type }) => type)).toEqual(['string', 'number', 'string']);
      return;
    } else expect(fields).toHaveLength(1);
    const wanted = panel.options.reduceOptions.fields === '' ? 'number' : 'string';
    for (const { type } of fields) expect(type).toBe(wanted);
  }
  if (target.format === 'time_series') {
    const time = fields.findIndex(({ name }) => name === 'time');
    expect(['time', 'number']).toContain(fields[time]?.type);
    const times = rows.map((row) => Number(row[time]));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(rows.every((row) => row[time] !== null)).toBe(true);
    expect(numbers.filter(({ name }) => name !== 'time').length).toBeGreaterThan(0);
  }
  if (panel.type === 'state-timeline') {
    expect(fields[0]).toEqual({ name: 'time', type: 'time' });
    expect(fields.filter(({ type }) => type === 'string')).toHaveLength(1);
    const [partition] = panel.transformations ?? [];
    if (partition) checkLines(panel, partition.options.fields[0], { fields, rows });
  }
  if (panel.type === 'status-history') {
    expect(fields.map(({ type }) => type)).toEqual(['time', 'string', 'number']);
    expect(JSON.stringify(panel.fieldConfig?.defaults.displayName)).toContain(fields[1]?.name);
  }
  if (panel.type === 'barchart') expect(fields[0]).toEqual({ name: panel.options.xField, type: 'string' });
  if (panel.type === 'geomap') expect(fields[0]?.type).toBe('string');
}

/** The rows of each value of the label column are a line of numbers. */
function checkLines(panel: Panel, label: string, { fields, rows }: Result): void {
  const [name, code] = [label, 'code'].map((column) => fields.findIndex((field) => field.name === column));
  expect(fields[name ?? -1]?.type).toBe('string');
  expect(fields[code ?? -1]?.type).toBe('number');
  const [mapping] = panel.fieldConfig?.defaults.mappings ?? [];
  for (const line of Map.groupBy(rows, (row) => row[name ?? -1]).values()) {
    const times = line.map((row) => Number(row[0]));
    expect(new Set(times).size, 'one state at a time').toBe(times.length);
    for (const row of line) expect(mapping?.options, 'a text for each').toHaveProperty(`${row[code ?? -1]}`);
    // Grafana draws the last state to the end of the screen, where nobody may have looked.
    expect(line.at(-1)?.[code ?? -1]).toBe(0);
  }
}

/** Every column that options, overrides and links name is in the query, and is a number where one is needed. */
function checkFields(panel: Panel, fields: Field[]): void {
  const typeOf = (name: string) => fields.find((field) => field.name === name)?.type;
  for (const { matcher, properties } of panel.fieldConfig?.overrides ?? []) {
    if (matcher.id !== 'byName') continue;
    expect(typeOf(matcher.options), `the column "${matcher.options}"`).toBeDefined();
    const unit = properties.find(({ id }) => id === 'unit')?.value;
    const isBar = properties.some(({ value }) => value?.type === 'gauge');
    if (unit?.startsWith('dateTime')) expect(typeOf(matcher.options)).toBe('time');
    else if (unit === 'bool_yes_no') expect(typeOf(matcher.options)).toBe('boolean');
    else if (unit || isBar) expect(typeOf(matcher.options), matcher.options).toBe('number');
  }
  for (const [, name = ''] of JSON.stringify(panel.fieldConfig).matchAll(/__data\.fields\.(\w+)/g)) {
    expect(typeOf(name), `the column "${name}" of a link`).toBe('string');
  }
  for (const [, label = ''] of JSON.stringify(panel.fieldConfig).matchAll(/__field\.labels\.(\w+)/g)) {
    expect(typeOf(label), `the label "${label}"`).toBe('string');
    expect(panel.transformations?.[0]?.options.fields ?? [label]).toEqual([label]);
  }
  for (const layer of panel.type === 'geomap' ? panel.options.layers : []) {
    if (layer.type !== 'markers') continue;
    const { color, size } = layer.config.style;
    const { mode, latitude, longitude, geohash } = layer.location;
    if (mode === 'geohash') expect(typeOf(geohash), geohash).toBe('string');
    for (const name of [...(mode === 'geohash' ? [] : [latitude, longitude]), color.field, size.field])
      expect(typeOf(name), name).toBe('number');
  }
}

const annotations = all.flatMap(({ file, dashboard }) =>
  (dashboard.annotations.list ?? []).map((annotation) => ({
    file,
    title: annotation.name,
    dashboard,
    annotation,
  })),
);

test.each(annotations)(
  'the annotation "$title" of $file gives times and texts',
  async ({ dashboard, annotation }) => {
    let rowsSeen = 0;
    const { rawSql } = annotation.target as unknown as SqlQuery;
    for (const client of [reader, emptyReader]) {
      for (const { variables } of await choicesOf(dashboard, client)) {
        const { fields, rows } = await runQuery(
          client,
          expandSql(rawSql, { ...windowOf(dashboard), variables }),
        );
        expect(fields).toEqual([
          { name: 'time', type: 'time' },
          { name: 'timeend', type: 'time' },
          { name: 'text', type: 'string' },
          { name: 'tags', type: 'string' },
        ]);
        rowsSeen += rows.length;
      }
    }
    expect(rowsSeen).toBeGreaterThan(0);
  },
);

test('a name that must be quoted is among what was chosen', () => {
  expect(SYSTEMS.some((system) => system.includes("'"))).toBe(true);
});

test('what these queries run as can neither write nor see a table', async () => {
  await reader.query('set default_transaction_read_only = off');
  for (const attempt of [
    'select * from velolog.station_status limit 1',
    'insert into velolog.system (system_id) values (1)',
    'delete from api.feed_coverage',
    'update api.system set name = null',
    'drop view api.system',
    'create table api.mine (i integer)',
    "copy (select 1) to program 'true'",
    "select pg_read_file('/etc/passwd')",
    'alter role velolog_reader superuser',
  ]) {
    await expect(reader.query(attempt), attempt).rejects.toThrow(
      /permission denied|cannot (delete|update|insert)|must be owner/,
    );
  }
});
