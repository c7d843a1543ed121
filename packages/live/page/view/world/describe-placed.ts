import type { PlacedVehicle } from '../../../src/api/place.ts';
import { formatPercent, plural } from '../../model/format.ts';
import { nameOf } from '../../model/station.ts';
import { formatRange, nameOfVehicle } from '../../model/vehicle/vehicle.ts';
import { placeKey } from '../../model/world/placed.ts';
import { STANDING_NAMES, shareOf, standingOf, systemName } from '../../model/world/system-place.ts';
import * as state from '../../state/page-state.ts';
import * as world from '../../state/world/world-state.ts';
import { STATE_NAMES } from '../panel/state-mark.tsx';
import { VEHICLE_STATE_NAMES } from '../panel/vehicle-mark.tsx';
import { noteOf } from './system-list.tsx';

/** What the map of all systems says about the thing under the pointer. */
export function describeSystem(systemId: string): HTMLElement | null {
  const system = state.systems.peek()?.find(({ system_id }) => system_id === systemId);
  if (system === undefined) return null;
  const share = shareOf(system);
  const filled = share === null ? '' : ` · ${formatPercent(share)} of the places have a bike`;
  return box(systemName(system), `${noteOf(system)}${filled}`);
}

export function describePlaced(key: string): HTMLElement | null {
  const station = world.shownStations.peek().find((one) => placeKey(one) === key);
  if (station === undefined) return null;
  const { num_bikes_available: bikes, num_docks_available: docks, overdue, observed_at } = station;
  const counts = `${plural(bikes, 'bike')} · ${plural(docks, 'dock')} · ${STATE_NAMES[station.state].toLowerCase()}`;
  const told = overdue ? `late: last seen ${state.clock.peek().day(new Date(observed_at))}` : counts;
  return box(nameOf(station), `${told} · ${operatorName(station.system_id)}`);
}

export function describePlacedVehicle(index: number, chosen: boolean): HTMLElement | null {
  const free = world.shownVehicles.peek().filter(({ station_id }) => station_id === null);
  const vehicle = free[index];
  if (vehicle === undefined) return null;
  const told = box(nameOfVehicle(vehicle), `${factsOf(vehicle)} · ${operatorName(vehicle.system_id)}`);
  const url = systemOf(vehicle.system_id)?.url;
  if (chosen && url) told.append(linkTo(url));
  return told;
}

function factsOf({ overdue, state, range_meters }: PlacedVehicle): string {
  if (overdue) return `${STANDING_NAMES.late}: it may have gone`;
  const range = range_meters === null ? '' : ` · ${formatRange(range_meters)}`;
  return `${VEHICLE_STATE_NAMES[state].toLowerCase()}${range}`;
}

function linkTo(url: string): HTMLAnchorElement {
  const link = document.createElement('a');
  link.href = url;
  link.rel = 'noopener noreferrer';
  link.textContent = 'to the operator';
  return link;
}

function systemOf(systemId: string) {
  return state.systems.peek()?.find(({ system_id }) => system_id === systemId);
}

function operatorName(system_id: string): string {
  const system = systemOf(system_id);
  const standing = system === undefined ? 'unseen' : standingOf(system);
  const late = standing === 'current' ? '' : ` (${STANDING_NAMES[standing]})`;
  return `${systemName(system ?? { system_id, name: null })}${late}`;
}

function box(title: string, text: string): HTMLElement {
  const element = document.createElement('div');
  const name = document.createElement('strong');
  name.textContent = title;
  const facts = document.createElement('span');
  facts.textContent = text;
  element.append(name, facts);
  return element;
}
