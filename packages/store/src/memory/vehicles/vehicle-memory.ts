import { type PackedVehicles, packVehicles, standingIn, unpackVehicles } from './packed-vehicles.ts';
import { noVehicles, type VehicleListState, type VehicleStay } from './vehicle-state.ts';

/** No id from a feed begins with it; load-vehicles.ts uses it for vehicles whose id was deleted. */
const NO_NAME = '\u0001';

/** What a gauge counts of a listed vehicle. */
export type Standing = Pick<VehicleStay, 'vehicle_type_id' | 'station_id' | 'state'>;

/**
 * What is remembered of one list of vehicles. It is packed between polls: a whole catalogue has 300,000 vehicles, of
 * which the polls of one second name 5,000. As an object each takes 290 bytes of a heap that V8 lets grow to one and a
 * half times its live data; packed it takes 30 to 45.
 *
 * packed --open--> open (a poll is compared with it, its rows are written) --settle, after the commit--> packed
 */
export class VehicleMemory {
  #packed: PackedVehicles | null = null;
  #open: VehicleListState | null = null;
  #areForgotten = false;

  /** May be changed in place. Objects that are being written stay the same until `settle`. */
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

  /** Removes all ids from memory and returns them; vehicles that had left are forgotten as well. */
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

  /** Call it when nothing refers to its vehicles any more. */
  settle(): void {
    if (this.#open === null) return;
    const { listed, gone } = this.#open;
    this.#packed = listed.size + gone.size === 0 ? null : packVehicles(this.#open);
    this.#open = null;
  }

  /** Whether vehicles that left are remembered: then the passing of time alone can change something. */
  get hasGone(): boolean {
    return this.#open !== null ? this.#open.gone.size > 0 : (this.#packed?.gone ?? 0) > 0;
  }

  /** The listed vehicles, without unpacking them. */
  *standing(): Iterable<Standing> {
    if (this.#open !== null) for (const { stay } of this.#open.listed.values()) yield stay;
    else if (this.#packed !== null) yield* standingIn(this.#packed);
  }
}
