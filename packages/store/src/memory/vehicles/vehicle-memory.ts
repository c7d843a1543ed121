import { type PackedVehicles, packVehicles, standingIn, unpackVehicles } from './packed-vehicles.ts';
import { noVehicles, type VehicleListState, type VehicleStay } from './vehicle-state.ts';

/** No id that a feed gives begins with it; load-vehicles.ts names those whose id was deleted alike. */
const NO_NAME = '\u0001';

/** What a gauge counts of a vehicle that is listed. */
export type Standing = Pick<VehicleStay, 'vehicle_type_id' | 'station_id' | 'state'>;

/**
 * What is remembered of one list of vehicles. Between polls it is packed: a whole catalogue has 300,000 vehicles, of which the polls of a
 * second name 5,000. As objects each takes 290 bytes of a heap that V8 lets grow by half of what lives, packed 30 to 45.
 *
 *   packed --open--> open (a poll compares with it, its rows are written) --settle, after the commit--> packed
 */
export class VehicleMemory {
  #packed: PackedVehicles | null = null;
  #open: VehicleListState | null = null;
  #areForgotten = false;

  /** To be changed in place; what is written of it stays the same object until `settle`. */
  open(): VehicleListState {
    this.#open ??= this.#packed === null ? noVehicles() : unpackVehicles(this.#packed);
    this.#packed = null;
    this.#areForgotten = false;
    return this.#open;
  }

  replace(state: VehicleListState): void {
    this.#open = state;
    this.#packed = null;
    this.#areForgotten = false;
  }

  /** Whether ids may be remembered. */
  get hasNames(): boolean {
    const { listed, gone } = this.#open ?? { listed: { size: 0 }, gone: { size: 0 } };
    return !this.#areForgotten && (this.#packed !== null || listed.size + gone.size > 0);
  }

  /** Takes the ids out of what is remembered and returns them; what left is forgotten with them. */
  forgetNames(): string[] {
    const { listed, gone } = this.open();
    const ids = [...listed.keys(), ...gone.keys()];
    const nameless = Array.from(listed.values(), (vehicle, index) => {
      const vehicle_id = `${NO_NAME}${index}`;
      return [vehicle_id, { ...vehicle, vehicle_id }] as const;
    });
    this.replace({ listed: new Map(nameless), gone: new Map() });
    this.#areForgotten = true;
    return ids;
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
