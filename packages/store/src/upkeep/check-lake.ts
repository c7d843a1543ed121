import { join } from 'node:path';
import { readSlices, type Slice, sha256OfFile } from '@velolog/worker/lake-manifest';
import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';

const MonthRow = z.object({
  system_id: z.string(),
  generation: z.number(),
  rows: z.coerce.number(),
  checksum: z.string(),
});

/**
 * Whether the lake holds each row of a month of station_status: as many, with the same checksum, in a file that is still what was written.
 * Asked in the transaction that drops the month, so no row comes in between.
 * @returns null when it does, else what is wrong, for the log
 */
export async function missingInLake(
  transaction: CommonQueryMethods,
  lakeDir: string,
  month: { from: string; to: string },
): Promise<string | null> {
  const slices = await readSlices(lakeDir, 'station_status').catch((error: Error) => error);
  if (slices instanceof Error) return `the lake ${lakeDir} cannot be read: ${slices.message}`;
  const systems = await transaction.any(sql.type(MonthRow)`
    select system.system_id, coalesce(revised.generation, 0) as generation, held.rows::text, held.checksum
    from velolog.system
    cross join lateral velolog.month_checksum(system.system_key, ${month.from}::timestamptz, ${month.to}::timestamptz) as held
    left join velolog.month_revision as revised
      on revised.system_key = system.system_key and revised.month_at = ${month.from}::timestamptz
    where held.rows > 0`);
  for (const system of systems) {
    const slice = slices.find(
      (one) =>
        one.system_id === system.system_id &&
        one.month === month.from.slice(0, 7) &&
        one.generation === system.generation,
    );
    const problem = await problemOf(lakeDir, slice, system);
    if (problem !== null) return `${problem} (${system.system_id}, ${month.from.slice(0, 7)})`;
  }
  return null;
}

async function problemOf(
  lakeDir: string,
  slice: Slice | undefined,
  held: { rows: number; checksum: string },
): Promise<string | null> {
  if (slice?.file == null) return 'the lake does not hold it yet';
  if (slice.rows !== held.rows || slice.checksum !== held.checksum || slice.window !== null) {
    return 'the lake holds an older state of it';
  }
  const sha256 = await sha256OfFile(join(lakeDir, slice.file)).catch((error: Error) => error);
  if (sha256 instanceof Error) return `its file in the lake cannot be read: ${sha256.message}`;
  return sha256 === slice.sha256 ? null : `its file in the lake is damaged: ${slice.file}`;
}

/** What the lake alone has from here on. History that is imported into the month later is added to that, never put in its place. */
export async function leaveToLake(
  transaction: CommonQueryMethods,
  month: { from: string; to: string },
): Promise<void> {
  await transaction.query(sql.unsafe`
    insert into velolog.month_revision as known (system_key, month_at, generation)
    select station.system_key, ${month.from}::timestamptz, 1
    from velolog.station_status as status
    join velolog.station using (station_key)
    where status.observed_at >= ${month.from}::timestamptz and status.observed_at < ${month.to}::timestamptz
    group by station.system_key
    on conflict (system_key, month_at) do update set generation = known.generation + 1`);
}
