import { join } from 'node:path';
import { readSlices, type Slice, sha256OfFile } from '@velolog/worker/lake-manifest';
import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';

/** A folder, whose files the store reads itself, or the name of a catalogue, which the lake worker checks for it. */
export type Lake = { dir: string } | { catalogue: string };

/**
 * The lake of the settings. If they name none, the one that was written last from this database: the lake worker may have been told of it
 * alone, and a month that it lacks would be lost.
 */
export async function lakeOf(pool: CommonQueryMethods, set: Lake | undefined): Promise<Lake | undefined> {
  if (set !== undefined) return set;
  const name = await pool.maybeOneFirst(sql.type(z.object({ name: z.string() }))`
    select name from velolog.lake order by written_at desc limit 1`);
  if (name === null) return undefined;
  return /^https?:\/\//.test(name) ? { catalogue: name } : { dir: name };
}

type Month = { from: string; to: string };

const MonthRow = z.object({
  system_id: z.string(),
  generation: z.number(),
  rows: z.coerce.number(),
  checksum: z.string(),
});

type MonthOfSystem = z.infer<typeof MonthRow>;

/**
 * Whether the lake holds each row of a month of station_status: the same number, with the same checksum, in files that
 * are unchanged since they were written. It runs in the transaction that drops the month, so no row is added in
 * between.
 * @returns null when it does, else the problem, for the log
 */
export async function missingInLake(
  transaction: CommonQueryMethods,
  lake: Lake,
  month: Month,
): Promise<string | null> {
  return 'dir' in lake
    ? missingInFolder(transaction, lake.dir, month)
    : missingInCatalogue(transaction, lake.catalogue, month);
}

async function missingInFolder(
  transaction: CommonQueryMethods,
  lakeDir: string,
  month: Month,
): Promise<string | null> {
  const slices = await readSlices(lakeDir, 'station_status').catch((error: Error) => error);
  if (slices instanceof Error) return `the lake ${lakeDir} cannot be read: ${slices.message}`;
  for (const system of await readSystems(transaction, month)) {
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

function readSystems(transaction: CommonQueryMethods, month: Month): Promise<readonly MonthOfSystem[]> {
  return transaction.any(sql.type(MonthRow)`
    select system.system_id, coalesce(revised.generation, 0) as generation, held.rows::text, held.checksum
    from velolog.system
    cross join lateral velolog.month_checksum(system.system_key, ${month.from}::timestamptz, ${month.to}::timestamptz) as held
    left join velolog.month_revision as revised
      on revised.system_key = system.system_key and revised.month_at = ${month.from}::timestamptz
    where held.rows > 0`);
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

const CheckRow = z.object({
  asked_at: z.string(),
  is_answered: z.boolean(),
  is_fresh: z.boolean(),
  problem: z.string().nullable(),
  held: z.array(
    z.object({ system_id: z.string(), generation: z.number(), rows: z.number(), checksum: z.string() }),
  ),
});

/**
 * The lake worker checks within a minute, and the chores ask once an hour. An older check is not valid: files may be gone since.
 */
const ANSWER_HOURS_MAX = 2;

async function missingInCatalogue(
  transaction: CommonQueryMethods,
  lake: string,
  month: Month,
): Promise<string | null> {
  const check = await transaction.maybeOne(sql.type(CheckRow)`
    select to_char(asked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') as asked_at,
      coalesce(answered_at >= asked_at, false) as is_answered,
      coalesce(answered_at > now() - ${ANSWER_HOURS_MAX} * interval '1 hour', false) as is_fresh, problem, held
    from velolog.lake_check where lake = ${lake} and month_at = ${month.from}::timestamptz`);
  if (check?.is_answered === false)
    return `the lake worker has not said yet whether ${lake} holds it, asked at ${check.asked_at}: does it run, with the same LAKE_CATALOG_URI and LAKE_WAREHOUSE, and does the catalogue answer?`;
  const problem = check?.is_fresh ? await differenceOf(transaction, check, month) : null;
  if (check?.is_fresh && problem === null) return null;
  await transaction.query(sql.unsafe`
    insert into velolog.lake_check as known (lake, month_at) values (${lake}, ${month.from}::timestamptz)
    on conflict (lake, month_at) do update set asked_at = now(), answered_at = null`);
  return problem ?? `the lake worker was asked whether ${lake} holds it`;
}

async function differenceOf(
  transaction: CommonQueryMethods,
  { problem, held }: z.infer<typeof CheckRow>,
  month: Month,
): Promise<string | null> {
  if (problem !== null) return problem;
  for (const system of await readSystems(transaction, month)) {
    const found = held.find(
      ({ system_id, generation }) => system_id === system.system_id && generation === system.generation,
    );
    const where = `(${system.system_id}, ${month.from.slice(0, 7)})`;
    if (found === undefined) return `the lake does not hold it yet ${where}`;
    if (found.rows !== system.rows || found.checksum !== system.checksum)
      return `the lake holds other rows of it than the database ${where}`;
  }
  return null;
}

/** Notes what only the lake has from here on. History that is imported into the month later is added to it, never replaces it. */
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
  await transaction.query(
    sql.unsafe`delete from velolog.lake_check where month_at = ${month.from}::timestamptz`,
  );
}
