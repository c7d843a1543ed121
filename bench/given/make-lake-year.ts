import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openDuckDb, quoteText } from '@velolog/lake/duckdb-session';
import { beginLake, commitLake, type Manifests, sliceFolder } from '@velolog/lake/folder/lake-folder';
import { LAKE_TABLES, type LakeTable, lakeTable } from '@velolog/lake/lake-tables';
import type { Slice } from '@velolog/worker/lake-manifest';

const SYSTEM = 'bench';
const YEAR_SECONDS = Date.UTC(2025, 0, 1) / 1000;
/** A change in 5 % of the minutes, as recorded cities have. */
const CHANGES_PER_STATION_AND_DAY = 72;
const GAPS = 300;
const ABSENCES = 500;

/**
 * Makes a lake with the year 2025 of one system, straight as files: PostgreSQL would take minutes for them. Bikes come
 * and go one or two at a time. @returns how many rows it has
 */
export async function makeLakeYear(dir: string, stations: number): Promise<number> {
  using duckdb = await openDuckDb();
  const lake = await beginLake(dir, 'lake');
  const write = async (table: LakeTable, rows: string, month: string | null = null): Promise<Slice> => {
    const folder = sliceFolder(table.name, month === null ? null : SYSTEM, month);
    await mkdir(join(dir, folder), { recursive: true });
    const file = `${folder}/made.parquet`;
    const path = quoteText(join(dir, file));
    await duckdb.connection.run(
      `copy (from (${rows}) order by ${table.sortedBy.join(', ')}) to ${path} (format parquet, compression zstd, compression_level 9, parquet_version v2, row_group_size 500000)`,
    );
    const [count] = (await duckdb.connection.runAndReadAll(`select count(*) from ${path}`)).getRowsJson();
    const bytes = (await stat(join(dir, file))).size;
    return { ...SLICE, system_id: month && SYSTEM, month, rows: Number(count?.[0]), file, bytes };
  };
  await duckdb.connection.run('select setseed(0.5)');
  const manifests: Manifests = Object.fromEntries(LAKE_TABLES.map(({ name }) => [name, []]));
  for (let month = 0; month < 12; month++)
    manifests.station_status?.push(
      await write(
        lakeTable('station_status'),
        statusOf(month, stations),
        `2025-${String(month + 1).padStart(2, '0')}`,
      ),
    );
  for (const [name, rows] of Object.entries(smallTables(stations)))
    manifests[name]?.push(await write(lakeTable(name as LakeTable['name']), rows));
  await commitLake(lake, { position: [], manifests });
  return (manifests.station_status ?? []).reduce((sum, { rows }) => sum + rows, 0);
}

const SLICE = { generation: 0, revision: 0, closed: true, window: null, checksum: null, sha256: null };

function statusOf(month: number, stations: number): string {
  const [from, to] = [month, month + 1].map((index) => Date.UTC(2025, index, 1) / 1000) as [number, number];
  const rows = ((to - from) / 86_400) * CHANGES_PER_STATION_AND_DAY;
  return `
    select
      station_id, observed_at, observed_at as last_reported, bikes as num_bikes_available, 20 - bikes as num_docks_available,
      null::int as num_bikes_disabled, null::int as num_docks_disabled, true as is_installed, true as is_renting, true as is_returning
    from (
      select *, abs(((sum(step) over (partition by station_id order by observed_at)) % 40 + 40) % 40 - 20)::int as bikes
      from (
        select station_id, observed_at, any_value(step) as step
        from (
          select i::varchar as station_id, to_timestamp(${from} + floor(random() * ${to - from})) as observed_at, if(random() < 0.67, 1, -2) as step
          from range(1, ${stations + 1}) as a(i), range(${rows}) as b(n)
        ) group by station_id, observed_at
      )
    )`;
}

/** Each gap ends in another hour, each absence lasts an hour. */
function smallTables(stations: number): Partial<Record<LakeTable['name'], string>> {
  const at = (seconds: string) => `to_timestamp(${YEAR_SECONDS} + ${seconds})`;
  const [start, end] = [at('0'), at('31536000')];
  const gapSeconds = Math.floor(31_536_000 / GAPS);
  const absenceSeconds = Math.floor(31_536_000 / ABSENCES);
  return {
    station: `
      select '${SYSTEM}' as system_id, i::varchar as station_id, 'Station ' || i as name, 59.9::double as lat, 10.7::double as lon,
        20 as capacity, ${start} as first_observed_at, ${end} as last_observed_at
      from range(1, ${stations + 1}) as a(i)`,
    system: `
      select '${SYSTEM}' as system_id, 'Bench' as name, 'UTC' as timezone, ${stations}::int as stations,
        ${start} as first_observed_at, ${end} as last_observed_at, false as is_archive`,
    coverage: `
      select '${SYSTEM}' as system_id, 'station_status' as feed, ${at(`i * ${gapSeconds}`)} as from_at,
        ${at(`(i + 1) * ${gapSeconds} - 600`)} as to_at, 1000 as polls, 'observed' as outcome
      from range(${GAPS}) as a(i)`,
    observed_range: `
      select '${SYSTEM}' as system_id, 'station_status' as feed, ${start} as from_at, ${end} as to_at, true as is_live`,
    station_absence: `
      select '${SYSTEM}' as system_id, (1 + (i * 7) % ${stations})::varchar as station_id, ${at(`i * ${absenceSeconds}`)} as last_seen_at,
        ${at(`i * ${absenceSeconds} + 60`)} as from_at, ${at(`i * ${absenceSeconds} + 3600`)} as to_at
      from range(${ABSENCES}) as a(i)`,
  };
}
