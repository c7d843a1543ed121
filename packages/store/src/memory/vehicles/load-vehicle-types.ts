import { hasVehicleIds } from '@velolog/gbfs/feeds';
import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import type { SystemState } from '../system-state.ts';

const TypeRow = z.object({
  system_id: z.string(),
  vehicle_type_id: z.string(),
  vehicle_type_key: z.number(),
  form_factor: z.string().nullable(),
});

/** Reads the vehicle types that feeds of these systems have named. */
export async function loadVehicleTypes(
  db: CommonQueryMethods,
  systems: ReadonlyMap<string, SystemState>,
): Promise<void> {
  for (const { system_id, vehicle_type_id, vehicle_type_key, form_factor } of await readTypes(
    db,
    systems.keys(),
  )) {
    systems.get(system_id)?.vehicle_types.set(vehicle_type_id, vehicle_type_key);
    systems.get(system_id)?.form_factors.set(vehicle_type_id, form_factor);
  }
}

/**
 * Reads the form factors of systems with vehicle feeds again. vehicle_types arrives through the other topic, perhaps at
 * another worker, so only the database knows its current content. Keys are not read: one may be about to be drawn.
 */
export async function readFormFactors(db: CommonQueryMethods, systems: Iterable<SystemState>): Promise<void> {
  const byId = new Map<string, SystemState>();
  for (const system of systems) {
    if ([...system.feeds.values()].some(({ feed }) => hasVehicleIds(feed)))
      byId.set(system.system_id, system);
  }
  if (byId.size === 0) return;
  for (const { system_id, vehicle_type_id, form_factor } of await readTypes(db, byId.keys()))
    byId.get(system_id)?.form_factors.set(vehicle_type_id, form_factor);
}

async function readTypes(
  db: CommonQueryMethods,
  system_ids: Iterable<string>,
): Promise<readonly z.infer<typeof TypeRow>[]> {
  return await db.any(sql.type(TypeRow)`
    select system_id, vehicle_type_id, vehicle_type_key, form_factor
    from velolog.vehicle_type
    join velolog.system using (system_key)
    where system.system_id = any(${sql.array([...system_ids], 'text')})`);
}
