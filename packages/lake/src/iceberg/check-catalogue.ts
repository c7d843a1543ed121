import { lakeTable } from '../lake-tables.ts';
import { checksumSql } from '../slice-checksum.ts';
import { openCatalogue } from './attach-catalogue.ts';
import type { CatalogueSettings } from './catalogue-settings.ts';
import { describeLakeError } from './describe-lake-error.ts';
import { readCatalogue } from './iceberg-sink.ts';
import { inMonth, tableName } from './iceberg-tables.ts';

/** For a health check: whether the catalogue answers at all. */
export function askCatalogueAlive({
  LAKE_CATALOG_URI,
}: CatalogueSettings): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    const answer = await fetch(`${LAKE_CATALOG_URI.replace(/\/$/, '')}/v1/config`, { signal });
    await answer.body?.cancel();
    if (answer.status >= 500) throw new Error(`The catalogue answers with ${answer.status}`);
  };
}

/** The slices of station_status whose rows are not those that the table says it holds. Reads all of them, month by month. */
export async function findDamagedSlices(
  settings: CatalogueSettings,
  signal?: AbortSignal,
): Promise<Set<string>> {
  using duckdb = await openCatalogue(settings, { threads: 1, memoryMaxMb: 250 });
  const { manifests } = await readCatalogue(duckdb.connection, settings);
  const table = lakeTable('station_status');
  const damaged = new Set<string>();
  for (const { file, month, system_id, generation, rows, checksum } of manifests.station_status ?? []) {
    signal?.throwIfAborted();
    if (file === null || month === null || system_id === null) continue;
    const own = `(select * from ${tableName(table.name)}
      where ${inMonth(table, month)} and system_id = '${system_id.replaceAll("'", "''")}' and generation = ${generation})`;
    const found = await duckdb.connection.runAndReadAll(checksumSql(own)).catch((error: unknown) => {
      const described = describeLakeError(error, settings);
      // A file that cannot be read is damaged; a store that does not answer is away.
      if (described !== error) throw described;
      return null;
    });
    const [row] = found?.getRowsJson() ?? [];
    if (Number(row?.[0]) !== rows || String(row?.[1]) !== checksum) damaged.add(file);
  }
  return damaged;
}
