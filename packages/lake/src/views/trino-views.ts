import { readFileSync } from 'node:fs';
import { LAKE_VIEWS, lakeViewText } from './lake-views.ts';

/**
 * The statements that create the views in Trino, in order: the schema files over hot and cold rows, then the views of
 * sql/lake. Two things in their text differ in Trino: it has no epoch to extract, and writes the time zone of a literal
 * differently.
 */
export function trinoStatements(): string[] {
  const files = readFileSync(new URL('../../../../sql/lake/trino/files.sql', import.meta.url), 'utf8');
  return [
    ...files.split(/;\s*$/m).map((statement) => statement.replaceAll(/^--.*\n/gm, '').trim()),
    ...LAKE_VIEWS.map(
      (view) => `create or replace view lake.api.${view} as\n${forTrino(lakeViewText(view))}`,
    ),
  ].filter((statement) => statement !== '');
}

/** A text of sql/lake in Trino's dialect. */
function forTrino(text: string): string {
  return text
    .replaceAll(
      /extract\(epoch from \(([\w.]+) - ([\w.]+)\)\)/g,
      (_, later: string, earlier: string) => `(date_diff('millisecond', ${earlier}, ${later}) / 1e3)`,
    )
    .replaceAll(/extract\(epoch from ([\w.]+)\)/g, (_, at: string) => `to_unixtime(${at})`)
    .replaceAll(/timestamp with time zone '([^']+)\+00'/g, (_, at: string) => `timestamp '${at}.000000 UTC'`)
    .replaceAll(/\b(files|api)\./g, (_, schema: string) => `lake.${schema}.`);
}
