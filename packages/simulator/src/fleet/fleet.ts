import type { Station } from '../city/city.ts';
import { departuresPerStationMinute, localTime } from '../city/rhythm.ts';
import { STEP_SECONDS } from '../city/timeline.ts';
import { createRandom, type Random } from '../random.ts';
import { kindOfVehicle, type VehicleKind } from './vehicle-kinds.ts';

export type VehicleState = 'available' | 'reserved' | 'disabled';

/**
 * One vehicle. It is parked, or it is away: ridden, in a van or in the depot.
 *
 *   available --reserved--> reserved --rented or given up--> away or available
 *   available --rented--> away --parked--> available, or disabled when the battery is low
 *   parked --a van or the night--> away --brought back, charged--> available
 */
export type Vehicle = {
  number: number;
  kind: VehicleKind;
  /** True position in degrees, where it is parked or was last parked. */
  lat: number;
  lon: number;
  away: boolean;
  state: VehicleState;
  /** From 0 to 1. */
  battery: number;
  rides: number;
  /** Number of the current stay: it grows with each change of place or state. */
  stay: number;
  /** Step of the last such change; -Infinity before the first. */
  changedAtStep: number;
};

type Due = {
  kind: 'park' | 'rent' | 'give_up' | 'bring_back';
  vehicle: number;
  lat: number;
  lon: number;
  drain: number;
};
type Place = { lat: number; lon: number };

/** A free-floating fleet. Time only moves forward, so the state depends only on the seed and the step. */
export class Fleet {
  readonly vehicles: Vehicle[];
  step = 0;

  readonly #hubs: readonly Station[];
  readonly #random: Random;
  readonly #localStartMs: number;
  readonly #due = new Map<number, Due[]>();

  /** @param hubs vehicles park around these, as they do around stations, stops and squares */
  constructor(hubs: readonly Station[], vehicles: number, seed: string, localStartMs: number) {
    this.#hubs = hubs;
    this.#random = createRandom(seed, 'fleet');
    this.#localStartMs = localStartMs;
    this.vehicles = Array.from({ length: vehicles }, (_, number) => ({
      number,
      kind: kindOfVehicle(number),
      ...this.#placeNear(this.#anyHub()),
      away: false,
      state: this.#random.below(25) === 0 ? 'disabled' : 'available',
      battery: 0.2 + 0.8 * this.#random.next(),
      rides: 0,
      stay: 0,
      changedAtStep: Number.NEGATIVE_INFINITY,
    }));
  }

  get vehiclesAway(): number {
    return this.vehicles.reduce((sum, { away }) => sum + (away ? 1 : 0), 0);
  }

  advanceTo(step: number): void {
    while (this.step < step) {
      this.step++;
      this.#settleDue();
      this.#departRiders();
      this.#sendVans();
      this.#collectAtNight();
    }
  }

  #settleDue(): void {
    const due = this.#due.get(this.step) ?? [];
    this.#due.delete(this.step);
    for (const { kind, vehicle: number, lat, lon, drain } of due) {
      const vehicle = this.vehicles[number] as Vehicle;
      if (kind === 'rent') this.#ride(vehicle);
      else if (kind === 'give_up') this.#change(vehicle, { state: 'available' });
      else if (kind === 'bring_back')
        this.#change(vehicle, { lat, lon, away: false, state: 'available', battery: 1 });
      else {
        const battery = Math.max(0, vehicle.battery - drain);
        const state =
          battery < BATTERY_LOW && vehicle.kind.maxRangeMeters !== null ? 'disabled' : 'available';
        this.#change(vehicle, { lat, lon, away: false, state, battery });
      }
    }
  }

  #departRiders(): void {
    const local = localTime(this.#localStartMs + this.step * STEP_SECONDS * 1000);
    const perMinute = departuresPerStationMinute(local) * RIDES_OF_A_STATIONS * this.vehicles.length;
    for (let riders = this.#random.poisson((perMinute * STEP_SECONDS) / 60); riders > 0; riders--) {
      const vehicle = this.#anyVehicle();
      if (vehicle.away || vehicle.state !== 'available') continue;
      if (this.#random.next() >= SHARE_RESERVED) {
        this.#ride(vehicle);
        continue;
      }
      this.#change(vehicle, { state: 'reserved' });
      const kind = this.#random.below(6) === 0 ? 'give_up' : 'rent';
      this.#schedule(2 + 6 * this.#random.next(), {
        kind,
        vehicle: vehicle.number,
        lat: 0,
        lon: 0,
        drain: 0,
      });
    }
  }

  #ride(vehicle: Vehicle): void {
    const to = this.#placeAwayFrom(vehicle);
    const km = metersApart(vehicle, to) / 1000;
    this.#change(vehicle, { away: true, rides: vehicle.rides + 1 });
    const drain = (km * 1000 * 1.4) / (vehicle.kind.maxRangeMeters ?? Number.POSITIVE_INFINITY);
    const minutes = Math.min(45, 2 + (km / RIDER_KM_PER_HOUR) * 60 * (1 + this.#random.next()));
    this.#schedule(minutes, { kind: 'park', vehicle: vehicle.number, ...to, drain });
  }

  /** A van loads the vehicles around one place, even those with an empty battery, and sets them up in a row at another. */
  #sendVans(): void {
    const perStep = (VANS_PER_VEHICLE_HOUR * this.vehicles.length * STEP_SECONDS) / 3600;
    for (let vans = this.#random.poisson(perStep); vans > 0; vans--) {
      const from = this.#anyVehicle();
      if (from.away) continue;
      const loaded = this.vehicles
        .filter(
          (vehicle) => !vehicle.away && vehicle.state !== 'reserved' && metersApart(from, vehicle) < 250,
        )
        .slice(0, VAN_LOAD);
      const to = this.#placeAwayFrom(from);
      const minutes = 20 + 30 * this.#random.next();
      for (const [index, vehicle] of loaded.entries()) this.#load(vehicle, inRow(to, index), minutes);
    }
  }

  /** At 01:34 local time a large part of the fleet disappears at once to be charged, as was recorded in Saarbrücken. It is back by the morning. */
  #collectAtNight(): void {
    const local = this.#localStartMs + this.step * STEP_SECONDS * 1000;
    if (Math.floor((local % DAY_MS) / (STEP_SECONDS * 1000)) !== NIGHT_STEP) return;
    for (const vehicle of this.vehicles) {
      if (vehicle.away || vehicle.state === 'reserved' || this.#random.next() > SHARE_COLLECTED) continue;
      this.#load(vehicle, this.#placeAwayFrom(vehicle), 230 + 60 * this.#random.next());
    }
  }

  #load(vehicle: Vehicle, to: Place, minutes: number): void {
    // A van trip is not a ride, but the vehicle gets a new id after it, too.
    this.#change(vehicle, { away: true, rides: vehicle.rides + 1 });
    this.#schedule(minutes, { kind: 'bring_back', vehicle: vehicle.number, ...to, drain: 0 });
  }

  #change(vehicle: Vehicle, values: Partial<Vehicle>): void {
    Object.assign(vehicle, values, { stay: vehicle.stay + 1, changedAtStep: this.step });
  }

  #schedule(minutes: number, event: Due): void {
    const step = this.step + Math.max(1, Math.round((minutes * 60) / STEP_SECONDS));
    const due = this.#due.get(step);
    if (due) due.push(event);
    else this.#due.set(step, [event]);
  }

  #anyVehicle(): Vehicle {
    return this.vehicles[this.#random.below(this.vehicles.length)] as Vehicle;
  }

  #anyHub(): Station {
    return this.#hubs[this.#random.below(this.#hubs.length)] as Station;
  }

  #placeNear({ lat, lon }: Place): Place {
    return movedBy({ lat, lon }, 60 * this.#random.normal(), 60 * this.#random.normal());
  }

  /** Nobody rents a vehicle and leaves it where it was, so the place is some distance away. */
  #placeAwayFrom(from: Place): Place {
    for (let tries = 0; tries < 8; tries++) {
      const to = this.#placeNear(this.#anyHub());
      if (metersApart(from, to) > SHORTEST_RIDE_METERS) return to;
    }
    return movedBy(from, 2 * SHORTEST_RIDE_METERS, 30 * this.#random.normal());
  }
}

const RIDER_KM_PER_HOUR = 12;
/** Rentals of one vehicle per departure at one station: a vehicle is rented about twice a day. */
const RIDES_OF_A_STATIONS = 0.05;
const SHARE_RESERVED = 0.3;
const BATTERY_LOW = 0.12;
const VANS_PER_VEHICLE_HOUR = 0.002;
const VAN_LOAD = 12;
const SHORTEST_RIDE_METERS = 250;
const SHARE_COLLECTED = 0.6;
const DAY_MS = 86_400_000;
const NIGHT_STEP = (94 * 60) / STEP_SECONDS;
const METERS_PER_DEGREE = 111_195;

function inRow(to: Place, index: number): Place {
  return movedBy(to, 0, 1.5 * index);
}

export function movedBy({ lat, lon }: Place, north: number, east: number): Place {
  return {
    lat: lat + north / METERS_PER_DEGREE,
    lon: lon + east / (METERS_PER_DEGREE * Math.cos((lat * Math.PI) / 180)),
  };
}

function metersApart(from: Place, to: Place): number {
  const north = (to.lat - from.lat) * METERS_PER_DEGREE;
  const east = (to.lon - from.lon) * METERS_PER_DEGREE * Math.cos((from.lat * Math.PI) / 180);
  return Math.hypot(north, east);
}
