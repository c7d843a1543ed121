import { hasVehicleIds } from '@velolog/gbfs/feeds';
import { impliedVehicleType } from '@velolog/gbfs/feeds/vehicle-types';
import { type DatabaseTransactionConnection, sql } from 'slonik';
import { z } from 'zod';
import type { Carries } from '../memory/system-state.ts';
import { numberArray, textArray } from './sql-arrays.ts';
import { tellSystems } from './tell-readers.ts';

/** Records of both topics write these tables: their rows are removed when no feed is left. */
const OF_BOTH_TOPICS = ['vehicle_type', 'system'];

/** A year of a large system takes longer than the pool allows a statement. */
const STATEMENT_TIMEOUT = '10min';

const KeyRow = z.object({ system_key: z.number() });
const FeedRow = z.object({ feed_key: z.number(), feed: z.string() });

/**
 * Removes what the records of a topic wrote about the system, and notifies readers. What the records of the other topic
 * wrote stays until that topic, too, says to forget. `carries` is what the topic holds; everything when undefined.
 */
export async function forgetSystem(
  transaction: DatabaseTransactionConnection,
  system_id: string,
  carries?: Carries,
): Promise<void> {
  // Blocks roll-ups: a new hour would refer to a station that is being removed.
  await transaction.query(
    sql.unsafe`lock table velolog.rolled_range, velolog.vehicle_rolled in share row exclusive mode`,
  );
  await transaction.query(sql.unsafe`set local statement_timeout = ${sql.literalValue(STATEMENT_TIMEOUT)}`);
  // If a record of the other topic is inserting a feed right now, it waits, and then begins a new system.
  const system = await transaction.maybeOne(sql.type(KeyRow)`
    select system_key from velolog.system where system_id = ${system_id} for update`);
  if (system === null) return;
  const { system_key } = system;
  const feeds = await transaction.any(sql.type(FeedRow)`
    select feed_key, feed from velolog.feed where system_key = ${system_key}`);
  const ours = feeds.filter(
    ({ feed }) => carries === undefined || hasVehicleIds(feed) === (carries === 'vehicles'),
  );
  // A quality check that is noting what it has seen of these feeds is waited for. A later one finds that they are gone.
  await transaction.query(sql.unsafe`
    select from velolog.feed where feed_key = any(${numberArray(ours.map(({ feed_key }) => feed_key))}::int4[])
    order by feed_key for update`);
  const tables = await readTables(transaction);
  if (carries !== 'vehicles') await removeStations(transaction, system_key, tables);
  await removeFeeds(transaction, system_key, ours, tables);
  if (ours.length === feeds.length) await remove(transaction, system_key, OF_BOTH_TOPICS);
  else if (carries !== 'vehicles') await unsay(transaction, system_key);
  await tellSystems(transaction, [system_id]);
}

type Tables = { ofStation: string[]; ofFeed: string[]; ofSystemAndFeed: string[]; ofSystem: string[] };

const TableRow = z.object({ name: z.string(), columns: z.array(z.string()) });

/**
 * All tables by what their rows refer to, according to the database: a table missing from a list here would keep the system from
 * being removed.
 */
async function readTables(transaction: DatabaseTransactionConnection): Promise<Tables> {
  const rows = await transaction.any(sql.type(TableRow)`
    select relname::text as name, array_agg(attname::text) as columns
    from pg_class join pg_attribute on attrelid = pg_class.oid
    where relnamespace = 'velolog'::regnamespace and relkind in ('r', 'p') and not relispartition
      and attname in ('station_key', 'feed_key', 'system_key', 'feed') and not attisdropped
    -- What the others refer to comes last.
    group by relname order by relname in ('station', 'feed'), relname`);
  const named = (fits: (columns: string[]) => boolean) =>
    rows.filter(({ columns }) => fits(columns)).map(({ name }) => name);
  const ofStation = named((columns) => columns.includes('station_key'));
  const ofFeed = named((columns) => columns.includes('feed_key') && !columns.includes('station_key'));
  const others = named((columns) => columns.includes('system_key')).filter(
    (name) => ![...ofStation, ...ofFeed, ...OF_BOTH_TOPICS].includes(name),
  );
  const ofSystemAndFeed = named((columns) => columns.includes('feed')).filter((name) =>
    others.includes(name),
  );
  return {
    ofStation,
    ofFeed,
    ofSystemAndFeed,
    ofSystem: others.filter((name) => !ofSystemAndFeed.includes(name)),
  };
}

async function removeStations(
  transaction: DatabaseTransactionConnection,
  system_key: number,
  { ofStation, ofSystem }: Tables,
): Promise<void> {
  for (const table of ofStation) {
    await transaction.query(sql.unsafe`
      delete from ${sql.identifier(['velolog', table])}
      where station_key = any(array(select station_key from velolog.station where system_key = ${system_key}))`);
  }
  await remove(transaction, system_key, ofSystem);
}

async function removeFeeds(
  transaction: DatabaseTransactionConnection,
  system_key: number,
  feeds: readonly z.infer<typeof FeedRow>[],
  { ofFeed, ofSystemAndFeed }: Tables,
): Promise<void> {
  const names = textArray(feeds.map(({ feed }) => feed));
  for (const table of ofSystemAndFeed) {
    await transaction.query(sql.unsafe`
      delete from ${sql.identifier(['velolog', table])}
      where system_key = ${system_key} and feed = any(${names}::text[])`);
  }
  const keys = numberArray(feeds.map(({ feed_key }) => feed_key));
  for (const table of ofFeed) {
    await transaction.query(sql.unsafe`
      delete from ${sql.identifier(['velolog', table])} where feed_key = any(${keys}::int4[])`);
  }
}

async function remove(
  transaction: DatabaseTransactionConnection,
  system_key: number,
  tables: string[],
): Promise<void> {
  for (const table of tables) {
    await transaction.query(sql.unsafe`
      delete from ${sql.identifier(['velolog', table])} where system_key = ${system_key}`);
  }
}

const TypeRow = z.object({ vehicle_type_key: z.number(), vehicle_type_id: z.string() });

/**
 * Vehicles remain, so this only removes what system_information and vehicle_types supplied. The keys stay, because the other topic's worker
 * remembers them.
 */
async function unsay(transaction: DatabaseTransactionConnection, system_key: number): Promise<void> {
  await transaction.query(sql.unsafe`
    update velolog.system set name = null, operator = null, timezone = null, url = null, license_url = null, country = null
    where system_key = ${system_key}`);
  const types = await transaction.any(sql.type(TypeRow)`
    select vehicle_type_key, vehicle_type_id from velolog.vehicle_type where system_key = ${system_key} order by vehicle_type_id`);
  const implied = types.map(({ vehicle_type_id }) => impliedVehicleType(vehicle_type_id));
  await transaction.query(sql.unsafe`
    update velolog.vehicle_type as known set form_factor = new.form_factor, propulsion_type = new.propulsion_type
    from unnest(
      ${numberArray(types.map(({ vehicle_type_key }) => vehicle_type_key))}::int4[],
      ${textArray(implied.map((type) => type?.form_factor ?? null))}::text[],
      ${textArray(implied.map((type) => type?.propulsion_type ?? null))}::text[]
    ) as new (vehicle_type_key, form_factor, propulsion_type)
    where known.vehicle_type_key = new.vehicle_type_key`);
}
