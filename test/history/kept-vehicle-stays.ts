import type { VehicleStatus } from '@velolog/gbfs/feeds/vehicle-status';
import {
  fromRows,
  type ListedVehicle,
  noVehicles,
  toRows,
  type VehicleStay,
} from '@velolog/store/memory/vehicles/vehicle-state';
import { compareVehicles, forgetGone } from '@velolog/store/memory/vehicles/vehicle-stays';

export type VehiclePoll = { at: number; list: readonly VehicleStatus[] | null; lookedBefore: boolean };

/**
 * Plays polls through the comparison and keeps what a database would keep: each stay by its key, and the rows of the
 * list, from which `restart` restores everything.
 */
export class KeptVehicleStays {
  readonly stays = new Map<number, VehicleStay>();
  readonly #listed = new Map<string, ListedVehicle>();
  state = noVehicles();
  /** Rows that a database would have inserted or updated. */
  rowsBegun = 0;
  rowsTouched = 0;

  play({ at, list, lookedBefore }: VehiclePoll): void {
    const nothing = { forgotten: [] as string[] };
    if (list === null) {
      forgetGone(this.state, at, nothing);
      for (const id of nothing.forgotten) this.#listed.delete(id);
      return;
    }
    const changes = compareVehicles(this.state, list, at, lookedBefore);
    for (const stay of changes.begun) stay.stay_key = ++this.rowsBegun;
    for (const stay of [...changes.begun, ...changes.ended, ...changes.corrected]) {
      this.stays.set(stay.stay_key, { ...stay });
    }
    this.rowsTouched += changes.begun.length + changes.ended.length + changes.corrected.length;
    for (const id of changes.forgotten) this.#listed.delete(id);
    for (const vehicle of changes.listed) this.#listed.set(vehicle.vehicle_id, vehicle);
  }

  /** Discards memory and restores it from the rows, which a database returns in any order. */
  restart(): void {
    const rows = [...this.#listed.values()].reverse();
    this.state = fromRows(
      rows.map((row) => structuredClone({ ...row, stay: this.stays.get(row.stay.stay_key) ?? row.stay })),
    );
  }

  /** Whether memory and rows agree. */
  get isKept(): boolean {
    const sorted = (rows: Iterable<ListedVehicle>) =>
      JSON.stringify([...rows].sort((one, other) => (one.vehicle_id < other.vehicle_id ? -1 : 1)));
    return sorted(toRows(this.state)) === sorted(this.#listed.values());
  }

  /** All stays in a fixed order, without keys. */
  get rows(): Omit<VehicleStay, 'stay_key'>[] {
    return Array.from(this.stays.values(), ({ stay_key, ...stay }) => stay).sort((one, other) =>
      JSON.stringify(one) < JSON.stringify(other) ? -1 : 1,
    );
  }
}
