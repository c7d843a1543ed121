import { type DatabaseTransactionConnection, sql } from 'slonik';
import type { PendingWrites } from '../memory/pending-writes.ts';
import { countArray, numberArray } from './sql-arrays.ts';

/** Writes the changes of station_status, the last states and the absences. Stations must have their keys. */
export async function writeStatus(
  transaction: DatabaseTransactionConnection,
  writes: PendingWrites,
): Promise<void> {
  await insertStatus(transaction, writes);
  await upsertStates(transaction, writes);
  await upsertAbsences(transaction, writes);
}

/** While positions are fenced there can be no conflict; this is the second defence against duplicate rows. */
async function insertStatus(
  transaction: DatabaseTransactionConnection,
  { status }: PendingWrites,
): Promise<void> {
  if (status.length === 0) return;
  await transaction.query(sql.unsafe`
    insert into velolog.station_status (observed_at, last_reported, station_key, num_bikes_available,
      num_docks_available, num_bikes_disabled, num_docks_disabled, flags)
    select 'epoch'::timestamptz + at * interval '1 ms', 'epoch'::timestamptz + last_reported * interval '1 s', station_key,
      bikes, docks, bikes_disabled, docks_disabled, flags
    from unnest(
      ${numberArray(status.map((row) => row.observed_at))}::int8[],
      ${numberArray(status.map((row) => row.last_reported))}::int8[],
      ${numberArray(status.map((row) => row.station.station_key))}::int4[],
      ${countArray(status.map((row) => row.num_bikes_available))}::int2[],
      ${countArray(status.map((row) => row.num_docks_available))}::int2[],
      ${countArray(status.map((row) => row.num_bikes_disabled))}::int2[],
      ${countArray(status.map((row) => row.num_docks_disabled))}::int2[],
      ${numberArray(status.map((row) => row.flags))}::int2[]
    ) as new (at, last_reported, station_key, bikes, docks, bikes_disabled, docks_disabled, flags)
    on conflict do nothing`);
}

async function upsertStates(
  transaction: DatabaseTransactionConnection,
  writes: PendingWrites,
): Promise<void> {
  if (writes.states.size === 0) return;
  const states = [...writes.states];
  await transaction.query(sql.unsafe`
    insert into velolog.station_state as state (station_key, observed_at, last_reported, num_bikes_available,
      num_docks_available, num_bikes_disabled, num_docks_disabled, flags, state_since)
    select station_key, 'epoch'::timestamptz + at * interval '1 ms', 'epoch'::timestamptz + last_reported * interval '1 s',
      bikes, docks, bikes_disabled, docks_disabled, flags, 'epoch'::timestamptz + since * interval '1 ms'
    from unnest(
      ${numberArray(states.map((station) => station.station_key))}::int4[],
      ${numberArray(states.map((station) => station.observed_at))}::int8[],
      ${numberArray(states.map((station) => station.last_reported))}::int8[],
      ${countArray(states.map((station) => station.num_bikes_available))}::int2[],
      ${countArray(states.map((station) => station.num_docks_available))}::int2[],
      ${countArray(states.map((station) => station.num_bikes_disabled))}::int2[],
      ${countArray(states.map((station) => station.num_docks_disabled))}::int2[],
      ${numberArray(states.map((station) => station.flags))}::int2[],
      ${numberArray(states.map((station) => station.state_since))}::int8[]
    ) as new (station_key, at, last_reported, bikes, docks, bikes_disabled, docks_disabled, flags, since)
    on conflict (station_key) do update set
      observed_at = excluded.observed_at,
      last_reported = excluded.last_reported,
      num_bikes_available = excluded.num_bikes_available,
      num_docks_available = excluded.num_docks_available,
      num_bikes_disabled = excluded.num_bikes_disabled,
      num_docks_disabled = excluded.num_docks_disabled,
      flags = excluded.flags,
      state_since = excluded.state_since`);
}

async function upsertAbsences(
  transaction: DatabaseTransactionConnection,
  writes: PendingWrites,
): Promise<void> {
  if (writes.absences.size === 0) return;
  const absences = [...writes.absences];
  await transaction.query(sql.unsafe`
    insert into velolog.station_absence (station_key, last_seen_at, from_at, to_at)
    select station_key, 'epoch'::timestamptz + last_seen * interval '1 ms', 'epoch'::timestamptz + from_at * interval '1 ms',
      'epoch'::timestamptz + to_at * interval '1 ms'
    from unnest(
      ${numberArray(absences.map((absence) => absence.station.station_key))}::int4[],
      ${numberArray(absences.map((absence) => absence.last_seen_at))}::int8[],
      ${numberArray(absences.map((absence) => absence.from_at))}::int8[],
      ${numberArray(absences.map((absence) => absence.to_at))}::int8[]
    ) as new (station_key, last_seen, from_at, to_at)
    on conflict (station_key, from_at) do update set to_at = excluded.to_at`);
}
