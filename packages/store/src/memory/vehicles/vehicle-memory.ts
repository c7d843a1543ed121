import { type PackedVehicles, packVehicles, standingIn, unpackVehicles } from './packed-vehicles.ts';
import { noVehicles, type VehicleListState, type VehicleStay } from './vehicle-state.ts';

/** What a gauge counts of a vehicle that is listed. */
export type Standing = Pick<VehicleStay, 'vehicle_type_id' | 'station_id' | 'state'>;

/**
 * What is remembered of one list of vehicles. Between polls it is packed: a whole catalogue has 300,000 vehicles, of which the polls of a
 * second name 5,000, and as objects each takes 290 bytes of a heap that V8 lets grow by half of what lives.
 *
 *   packed --open--> open (a poll compares with it, its rows are written) --settle, after the commit--> packed
 */
export class VehicleMemory {
  #packed: PackedVehicles | null = null;
  #open: VehicleListState | null = null;

  /** To be changed in place; what is written of it stays the same object until `settle`. */
  open(): VehicleListState {
    this.#open ??= this.#packed === null ? noVehicles() : unpackVehicles(this.#packed);
    this.#packed = null;
    return this.#open;
  }

  replace(state: VehicleListState): void {
    this.#open = state;
    this.#packed = null;
  }

  /** Nothing refers to its vehicles any more. */
  settle(): void {
    if (this.#open === null) return;
    const { listed, gone } = this.#open;
    this.#packed = listed.size + gone.size === 0 ? null : packVehicles(this.#open);
    this.#open = null;
  }

  /** Whether vehicles that left are remembered: then time alone can change something. */
  get hasGone(): boolean {
    return this.#open !== null ? this.#open.gone.size > 0 : (this.#packed?.gone ?? 0) > 0;
  }

  /** The vehicles that are listed, without unpacking them. */
  *standing(): Iterable<Standing> {
    if (this.#open !== null) for (const { stay } of this.#open.listed.values()) yield stay;
    else if (this.#packed !== null) yield* standingIn(this.#packed);
  }
}
