import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Position } from '@velolog/worker/lake-manifest';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { LakeColumn, LakeTable } from '../lake-tables.ts';
import { isRemembered, remember } from './lake-memory.ts';
import { openLakeSession } from './lake-session.ts';

/** A month of a system in the snapshot. */
export type MonthOfSystem = {
  system_key: number;
  system_id: string;
  month: string;
  revision: number;
  generation: number;
  closed: boolean;
};

export type SystemRow = {
  system_key: number;
  system_id: string;
  name: string | null;
  operator: string | null;
  url: string | null;
  license_url: string | null;
};

/** Which rows: of one or more systems, and of a stretch of time or all. Times as text. */
export type Wanted = { system_ids: string[]; from: string | null; until: string | null; carry: boolean };

/** Everything is read from one state of the database, which corresponds to one position in Kafka. */
export type DatabaseSnapshot = AsyncDisposable & {
  position: Position[];
  systems: SystemRow[];
  months(): Promise<MonthOfSystem[]>;
  checksum(system_key: number, from: string, until: string): Promise<{ rows: number; checksum: string }>;
  isRemembered(lake: string): Promise<boolean>;
  /** Notes that the lake was written, and ends the snapshot. */
  remember(lake: string): Promise<void>;
  /** Writes the rows as CSV, unsorted. */
  copy(table: LakeTable, wanted: Wanted, path: string, signal?: AbortSignal): Promise<void>;
};

export async function openSnapshot(
  databaseUrl: string,
  lockName: string,
): Promise<DatabaseSnapshot | 'locked'> {
  const client = await openLakeSession(databaseUrl);
  try {
    // The lock ends with the connection, however this process ends.
    const { rows } = await client.query<{ mine: boolean }>(
      'select pg_try_advisory_lock($1, hashtext($2)) as mine',
      [LAKE_LOCK, lockName],
    );
    if (rows[0]?.mine !== true) {
      await client.end();
      return 'locked';
    }
    await client.query('begin transaction isolation level repeatable read read only');
    return await snapshotOf(client);
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

const LAKE_LOCK = 0x7e_10_1a_4e;

async function snapshotOf(client: pg.Client): Promise<DatabaseSnapshot> {
  const position = await client.query<Position>(`
    select cluster_id, topic, partition, next_offset::text from velolog.kafka_position
    where next_offset > 0 order by topic, partition, cluster_id`);
  const systems = await client.query<SystemRow>(`
    select system_key, system_id, name, operator, url, license_url from velolog.system order by system_id collate "C"`);
  return {
    position: position.rows,
    systems: systems.rows,
    months: async () => (await client.query<MonthOfSystem>(MONTHS)).rows,
    checksum: async (system_key, from, until) => {
      const { rows } = await client.query<{ rows: string; checksum: string }>(
        'select rows, checksum from velolog.month_checksum($1, $2, $3)',
        [system_key, from, until],
      );
      return { rows: Number(rows[0]?.rows), checksum: String(rows[0]?.checksum) };
    },
    copy: async (table, wanted, path, signal) => {
      const text = `copy (${selectOf(table, wanted)}) to stdout with (format csv)`;
      await pipeline(client.query(copyTo(text)), createWriteStream(path), { signal });
    },
    isRemembered: (lake) => isRemembered(client, lake),
    remember: async (lake) => {
      await client.query('commit');
      await remember(client, lake);
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** Every month in which a system was observed: other months have no rows. */
const MONTHS = `
  select distinct on (system.system_id collate "C", month_at)
    system.system_key, system.system_id, to_char(month_at, 'YYYY-MM') as month,
    coalesce(revised.revision, 0) as revision, coalesce(revised.generation, 0) as generation,
    month_at + interval '1 month' <= now() as closed
  from velolog.system
  join velolog.feed using (system_key)
  join velolog.coverage as span using (feed_key)
  cross join lateral generate_series(date_trunc('month', span.from_at), span.to_at, interval '1 month') as month_at
  left join velolog.month_revision as revised using (system_key, month_at)
  where feed.feed = 'station_status' and span.outcome = 'observed'
  order by system.system_id collate "C", month_at`;

/** COPY takes no parameters, so values are inserted as text. */
function selectOf(table: LakeTable, { system_ids, from, until, carry }: Wanted): string {
  const ids = `array[${system_ids.map(pg.escapeLiteral).join(', ')}]::text[]`;
  const at = (text: string | null, none: string) => `timestamptz ${pg.escapeLiteral(text ?? none)}`;
  const bound = (sql: string) =>
    sql
      .replaceAll(':since', at(from, '-infinity'))
      // Hours are selected by their beginning, with both ends included.
      .replaceAll(':to', `${at(until, 'infinity')} - interval '1 microsecond'`)
      .replaceAll(':until', at(until, 'infinity'))
      .replaceAll(':system_id', pg.escapeLiteral(system_ids[0] ?? ''));
  const columns = table.columns.map((column) => `${bound(column.postgres)} as ${column.name}`).join(', ');
  const select = `select ${columns} from ${bound(table.postgresFrom)}`;
  if (table.name === 'station_hour') return select;
  if (table.name !== 'station_status')
    return `${select} where ${ofSystems(table, ids)}${before(table, at(until, 'infinity'))}`;
  const ofSystem = `station.system_key = (select system_key from velolog.system where system_id = any(${ids}))`;
  const rows = `${select} where ${ofSystem} and observed_at >= ${at(from, '-infinity')} and observed_at < ${at(until, 'infinity')}`;
  return carry ? `${rows} union all ${carried(table.columns, ofSystem, at(from, '-infinity'))}` : rows;
}

/**
 * Each station's last row from before, and its last row with a value for each count: without them its first changes
 * could not be computed.
 */
function carried(columns: LakeColumn[], ofSystem: string, from: string): string {
  const before = (and: string) => `(
    select * from velolog.station_status as row
    where row.station_key = station.station_key and row.observed_at < ${from} ${and}
    order by row.observed_at desc limit 1)`;
  return `select ${columns.map(({ postgres, name }) => `${postgres} as ${name}`).join(', ')}
    from velolog.station
    cross join lateral (
      ${before('')} union ${before('and row.num_bikes_available is not null')} union ${before('and row.num_docks_available is not null')}
    ) as status
    where ${ofSystem}`;
}

function ofSystems({ columns }: LakeTable, ids: string): string {
  return `${columns.find(({ name }) => name === 'system_id')?.postgres} = any(${ids})`;
}

/** Leaves out rows that begin after the requested time. Stations and systems are listed completely. */
function before({ columns }: LakeTable, until: string): string {
  const begins = columns.find(({ name }) => name === 'from_at')?.postgres;
  return begins === undefined ? '' : ` and ${begins} < ${until}`;
}
