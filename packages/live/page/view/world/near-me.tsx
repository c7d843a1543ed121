import { plural } from '../../model/format.ts';
import { nameOf } from '../../model/station.ts';
import { nameOfVehicle } from '../../model/vehicle/vehicle.ts';
import { systemName } from '../../model/world/system-place.ts';
import * as state from '../../state/page-state.ts';
import { changeUrl } from '../../state/url-signal.ts';
import { findNearMe, forgetNear, type Near, near, nearNote } from '../../state/world/near-me.ts';
import { CountryChoice } from './country-choice.tsx';

/** Shows where the nearest bike is, of any operator. */
export function NearMe() {
  return (
    <section class="filter near" aria-label="Search">
      <div class="near-buttons">
        <button type="button" class="near-button" onClick={() => void findNearMe()}>
          Near me
        </button>
        <CountryChoice />
        {near.value !== null && (
          <button type="button" class="text-button" onClick={forgetNear}>
            Close
          </button>
        )}
      </div>
      <p role="status" class="near-note" data-testid="near-note">
        {nearNote.value}
      </p>
      {near.value !== null && <Nearest found={near.value} />}
    </section>
  );
}

function Nearest({ found: { stations, vehicles } }: { found: Near }) {
  return (
    <ol data-testid="nearest">
      {stations.map((station) => (
        <li key={`${station.system_id} ${station.station_id}`}>
          <button
            type="button"
            class="line world-line"
            onClick={() => changeUrl({ of: station.system_id, station: station.station_id })}
          >
            <span class="distance">{meters(station.distance_meters)}</span>
            <span class="line-name" dir="auto">
              {nameOf(station)}
            </span>
            <span class="line-note">
              {plural(station.num_bikes_available, 'bike')} · {operatorOf(station.system_id)}
            </span>
          </button>
        </li>
      ))}
      {vehicles.map((vehicle, index) => (
        <li key={index} class="line world-line">
          <span class="distance">{meters(vehicle.distance_meters)}</span>
          <span class="line-name" dir="auto">
            {nameOfVehicle(vehicle)}
          </span>
          <span class="line-note">{operatorOf(vehicle.system_id)}</span>
        </li>
      ))}
    </ol>
  );
}

function operatorOf(system_id: string): string {
  return systemName(
    state.systems.value?.find((one) => one.system_id === system_id) ?? { system_id, name: null },
  );
}

function meters(distance: number): string {
  return distance < 1000 ? `${distance} m` : `${(distance / 1000).toFixed(1)} km`;
}
