import type { SystemRegion } from '@velolog/gbfs/feeds/system-regions';
import type { VehicleType } from '@velolog/gbfs/feeds/vehicle-types';
import { type DatabaseTransactionConnection, sql } from 'slonik';
import { z } from 'zod';
import { VEHICLE_TYPES_MAX } from '../memory/compare-types.ts';
import type { Lane } from '../memory/coverage.ts';
import type { PendingWrites } from '../memory/pending-writes.ts';
import type { DocumentVersion, FeedState, SystemState } from '../memory/system-state.ts';
import { timeOf } from '../sql-time.ts';
import { textArray } from './sql-arrays.ts';

/** Writes versions of documents, and the parts that views look up by id: regions and vehicle types. */
export async function writeDocuments(
  transaction: DatabaseTransactionConnection,
  writes: PendingWrites,
): Promise<void> {
  for (const version of writes.documents) await writeVersion(transaction, version);
  for (const [system, regions] of writes.regions)
    await writeRegions(transaction, system, [...regions.values()]);
  for (const [lane, { feed, rows }] of writes.earlierRegions) {
    const named = await withoutLater(transaction, feed, lane, 'region_id', rows);
    await writeRegions(transaction, feed.system, named);
  }
  for (const [system, types] of writes.typeDefinitions)
    await writeDefinitions(transaction, system, [...types.values()]);
  for (const [lane, { feed, rows }] of writes.earlierTypes) {
    const defined = await withoutLater(transaction, feed, lane, 'vehicle_type_id', rows);
    await writeDefinitions(transaction, feed.system, defined);
  }
}

const Id = z.object({ id: z.string() });

/** The rows of earlier history that no later version of the document has. */
async function withoutLater<Row>(
  transaction: DatabaseTransactionConnection,
  { feed_key }: FeedState,
  { to_at }: Lane,
  idName: 'region_id' | 'vehicle_type_id',
  rows: ReadonlyMap<string, Row>,
): Promise<Row[]> {
  const later = await transaction.anyFirst(sql.type(Id)`
    select row ->> ${idName} as id
    from velolog.feed_document
    cross join lateral jsonb_array_elements(document) as row
    where feed_key = ${feed_key} and valid_from > ${timeOf(to_at)} and row ->> ${idName} is not null`);
  const isLater = new Set(later);
  return Array.from(rows, ([id, row]) => (isLater.has(id) ? [] : [row])).flat();
}

async function writeVersion(
  transaction: DatabaseTransactionConnection,
  version: DocumentVersion,
): Promise<void> {
  const { feed, hash, valid_from, valid_to, text } = version;
  const from = timeOf(valid_from);
  const to = timeOf(valid_to);
  if (text === null) {
    await transaction.query(sql.unsafe`
      update velolog.feed_document set valid_to = ${to} where feed_key = ${feed.feed_key} and valid_from = ${from}`);
    return;
  }
  await transaction.query(sql.unsafe`
    insert into velolog.feed_document (feed_key, valid_from, valid_to, hash, document)
    values (${feed.feed_key}, ${from}, ${to}, ${hash}, ${text}::jsonb)`);
  version.text = null;
}

async function writeRegions(
  transaction: DatabaseTransactionConnection,
  system: SystemState,
  regions: readonly SystemRegion[],
): Promise<void> {
  await transaction.query(sql.unsafe`
    insert into velolog.region as region (system_key, region_id, name)
    select ${system.system_key}, region_id, name
    from unnest(
      ${textArray(regions.map(({ region_id }) => region_id))}::text[],
      ${textArray(regions.map(({ name }) => name))}::text[]
    ) as new (region_id, name)
    on conflict (system_key, region_id) do update set name = excluded.name where region.name is distinct from excluded.name`);
}

/** In the order of their ids, as in write-identities.ts: the other topic of the system may bring the same types at the same time. */
async function writeDefinitions(
  transaction: DatabaseTransactionConnection,
  system: SystemState,
  types: readonly VehicleType[],
): Promise<void> {
  const defined = sql.fragment`(
    select ${system.system_key}::int4 as system_key, * from unnest(
      ${textArray(types.map(({ vehicle_type_id }) => vehicle_type_id))}::text[],
      ${textArray(types.map(({ form_factor }) => form_factor))}::text[],
      ${textArray(types.map(({ propulsion_type }) => propulsion_type))}::text[]
    ) as new (vehicle_type_id, form_factor, propulsion_type) order by vehicle_type_id) as defined`;
  await transaction.query(sql.unsafe`
    insert into velolog.vehicle_type (system_key, vehicle_type_id, form_factor, propulsion_type)
    select system_key, vehicle_type_id, form_factor, propulsion_type from ${defined}
    where not exists (
      select from velolog.vehicle_type as known
      where known.system_key = defined.system_key and known.vehicle_type_id = defined.vehicle_type_id
    )
    limit greatest(0, ${VEHICLE_TYPES_MAX} - (
      select count(*) from velolog.vehicle_type where vehicle_type.system_key = ${system.system_key}))
    on conflict do nothing`);
  await transaction.query(sql.unsafe`
    update velolog.vehicle_type as known set form_factor = defined.form_factor, propulsion_type = defined.propulsion_type
    from ${defined}
    where known.system_key = defined.system_key and known.vehicle_type_id = defined.vehicle_type_id
      and (known.form_factor, known.propulsion_type) is distinct from (defined.form_factor, defined.propulsion_type)`);
}
