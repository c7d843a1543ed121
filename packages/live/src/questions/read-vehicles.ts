import { createHash } from 'node:crypto';
import type { VehicleType } from '../api/vehicle.ts';
import { toInstant } from '../database/instant-text.ts';
import type { Reader } from '../database/reader.ts';

/**
 * The newest list of vehicles of a system. Each is the JSON text of a Vehicle: 20,000 of them are compared and sent as
 * text without being parsed. They are sorted, so that their order reveals nothing.
 */
export type VehicleLines = { observedAt: string | null; version: string; lines: string[] };

const INSTANT = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/**
 * One value, because one row per vehicle costs the driver more than the database. JSON has no line break within a row.
 */
const VEHICLES = `
  select
    feed.observed_at,
    (select string_agg(row_to_json(vehicle)::text, chr(10)) from (
       select vehicle_type_id, form_factor, propulsion_type, lat, lon, station_id, state, range_meters::integer as range_meters,
         to_char(since at time zone 'UTC', ${INSTANT}) as since, since_seen
       from api.vehicle_current where system_id = $1) as vehicle) as lines
  from api.vehicle_feed as feed where feed.system_id = $1`;

export async function readVehicleLines(reader: Reader, systemId: string): Promise<VehicleLines> {
  const [row] = await reader.query<{ observed_at: string | null; lines: string | null }>(VEHICLES, [
    systemId,
  ]);
  // PostgreSQL sorts by UTF-8, which gives another order if an id contains an emoji.
  const lines = (row?.lines ?? '').split('\n').filter(Boolean).sort();
  const observedAt = row?.observed_at ?? null;
  return {
    observedAt,
    version: versionOf(observedAt, lines),
    lines,
  };
}

/**
 * The time comes first, for human readers; the hash distinguishes lists of one poll, for example after a type is defined
 * later.
 */
function versionOf(observedAt: string | null, lines: string[]): string {
  const hash = createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 12);
  return `${observedAt === null ? 0 : Date.parse(observedAt)}-${hash}`;
}

export async function readVehicleTypes(reader: Reader, systemId: string): Promise<VehicleType[]> {
  return await reader.query(
    `select vehicle_type_id, form_factor, propulsion_type, name, make, model, max_range_meters, rider_capacity
     from api.vehicle_type where system_id = $1 and valid_to is null order by vehicle_type_id collate "C"`,
    [systemId],
  );
}

/**
 * Identifies the list that the next look would read: cheap, whereas the list itself may be megabytes. $1 is the system.
 * It includes `types` because a definition changes what is known about parked vehicles.
 */
export const VEHICLE_LIST = `(
  select json_build_object('feed', feed.feed, 'observed_at', feed.observed_at, 'types', (
    select max(valid_from) from api.document_version where system_id = $1 and feed = 'vehicle_types'))
  from api.vehicle_feed as feed where feed.system_id = $1)`;

export type VehicleListRow = { feed: string; observed_at: string | null; types: string | null };

export function withInstant(row: VehicleListRow): VehicleListRow {
  return { ...row, observed_at: row.observed_at && toInstant(row.observed_at) };
}
