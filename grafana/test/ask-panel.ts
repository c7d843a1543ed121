import type pg from 'pg';
import { START } from '../../test/workers/test-store.ts';
import type { SqlQuery } from '../src/questions/sql-query.ts';
import { expandSql } from './expand-query.ts';
import { isSql, panelsOf, readDashboards, targetsOf } from './read-dashboards.ts';
import { runQuery } from './run-query.ts';

type Window = [from: number, to: number];
type Chosen = Record<string, string | string[]>;
type Row = Record<string, unknown>;

export const dashboards = readDashboards();

/** The rows of a panel, as objects, over a window in seconds of the test's time. */
export async function askPanel(
  reader: pg.Client,
  [file, title]: [file: string, title: string],
  window: Window,
  chosen: Chosen = {},
): Promise<Row[]> {
  const dashboard = dashboards.find((one) => one.file === file)?.dashboard;
  const panel = dashboard && panelsOf(dashboard).find((one) => one.title === title);
  const target = panel && targetsOf(panel).find(isSql);
  if (!target) throw new Error(`No panel "${title}" in ${file}`);
  return rowsOf(reader, target, window, chosen);
}

export async function rowsOf(
  reader: pg.Client,
  { rawSql }: SqlQuery,
  [from, to]: Window,
  chosen: Chosen,
): Promise<Row[]> {
  const sql = expandSql(rawSql, {
    from: new Date(START + from * 1000),
    to: new Date(START + to * 1000),
    intervalMs: 60_000,
    variables: { sla_days: '30', from_hour: '0', to_hour: '24', tolerated_minutes: '10', ...chosen },
  });
  const { fields, rows } = await runQuery(reader, sql);
  return rows.map((row) => Object.fromEntries(fields.map(({ name }, index) => [name, row[index]])));
}

/** Of a time that a panel gives, the second of the test's time. */
export const secondOf = (time: unknown) => Math.round((Number(time) - START) / 1000);
