import { askCatalogue, askLake } from '@velolog/lake/ask-lake';
import { printableJson } from '@velolog/worker/printable';
import { UserError } from '@velolog/worker/user-error';
import type { Home } from '../home/home.ts';
import { asObjects } from '../print/as-objects.ts';
import { formatTable } from '../print/format-table.ts';
import { lakePlaceOf } from './lake-folder.ts';

/** Queries a lake or an export with the embedded DuckDB, and prints like `velolog sql`. No server has to run. */
export async function lakeSql(
  home: Home,
  query: string,
  { lake, json }: { lake: string | undefined; json: boolean },
): Promise<void> {
  if (!query.trim())
    throw new UserError('Give an SQL statement: npx velolog lake sql "select …"', { exitCode: 2 });
  const { dir, catalogue } = lakePlaceOf(home, lake);
  const { columns, rows } =
    catalogue === undefined ? await askLake(dir, query) : await askCatalogue(catalogue, query);
  if (json) {
    console.log(printableJson(asObjects(columns, rows)));
  } else {
    console.log(formatTable(columns, rows));
  }
}
