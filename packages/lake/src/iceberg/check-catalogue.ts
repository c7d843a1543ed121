import type { Slice } from '@velolog/worker/lake-manifest';
import type { DuckDBConnection } from '../duckdb-session.ts';
import { lakeTable } from '../lake-tables.ts';
import { ROWS_AND_CHECKSUM } from '../slice-checksum.ts';
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

/** What a catalogue holds of a month of a system, computed from its rows. */
export type HeldMonth = { system_id: string; generation: number; rows: number; checksum: string };

/** Reads all rows of station_status of a month. Null when they cannot be read, because a file is damaged or gone. */
export async function readMonth(
  connection: DuckDBConnection,
  settings: CatalogueSettings,
  month: string,
): Promise<HeldMonth[] | null> {
  const table = lakeTable('station_status');
  const query = `select system_id, generation, ${ROWS_AND_CHECKSUM} from ${tableName(table.name)}
    where ${inMonth(table, month)} group by system_id, generation`;
  const found = await connection.runAndReadAll(query).catch((error: unknown) => {
    const described = describeLakeError(error, settings);
    // A file that cannot be read is damaged; an object store that does not answer is away.
    if (described !== error) throw described;
    return null;
  });
  if (found === null) return null;
  return found.getRowsJson().map(([system_id, generation, rows, checksum]) => ({
    system_id: String(system_id),
    generation: Number(generation),
    rows: Number(rows),
    checksum: String(checksum),
  }));
}

/** The slices of station_status whose rows differ from what the table states. Reads all rows, month by month. */
export async function findDamagedSlices(
  settings: CatalogueSettings,
  signal?: AbortSignal,
): Promise<Set<string>> {
  using duckdb = await openCatalogue(settings, { threads: 1, memoryMaxMb: 250 });
  const { manifests } = await readCatalogue(duckdb.connection, settings);
  const months = Map.groupBy(manifests.station_status ?? [], ({ month }) => month ?? '');
  const damaged = new Set<string>();
  for (const [month, slices] of months) {
    signal?.throwIfAborted();
    const held = await readMonth(duckdb.connection, settings, month);
    for (const slice of slices) if (slice.file !== null && !isHeld(held, slice)) damaged.add(slice.file);
  }
  return damaged;
}

function isHeld(held: HeldMonth[] | null, { system_id, generation, rows, checksum }: Slice): boolean {
  const found = held?.find((one) => one.system_id === system_id && one.generation === generation);
  return found?.rows === rows && found.checksum === checksum;
}
