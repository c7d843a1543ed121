import type { System } from '../../../src/api/system.ts';
import { formatCount, plural } from '../../model/format.ts';
import {
  countryName,
  freeVehicles,
  middleOf,
  STANDING_NAMES,
  standingOf,
  systemName,
} from '../../model/world/system-place.ts';
import { changeUrl } from '../../state/url-signal.ts';
import * as world from '../../state/world/world-state.ts';
import { SystemMark } from './system-mark.tsx';

const LISTED_MAX = 60;

/** The equivalent of the map for users who cannot see it: the systems in view, the largest first. */
export function SystemList() {
  const systems = world.systemsInView.value;
  return (
    <section class="ticker" aria-label="Systems in view">
      <h2>{plural(systems.length, 'system')} in view</h2>
      <ol>
        {systems.slice(0, LISTED_MAX).map((system) => (
          <li key={system.system_id}>
            <SystemLine system={system} />
          </li>
        ))}
      </ol>
      {systems.length > LISTED_MAX && (
        <p class="empty-note">
          And {formatCount(systems.length - LISTED_MAX)} smaller ones: zoom in, or search.
        </p>
      )}
    </section>
  );
}

function SystemLine({ system }: { system: System }) {
  return (
    <button
      type="button"
      class="line world-line"
      data-system={system.system_id}
      onClick={() => goToSystem(system)}
    >
      <SystemMark system={system} />
      <span class="line-name" dir="auto">
        {systemName(system)}
      </span>
      <span class="line-note">{noteOf(system)}</span>
    </button>
  );
}

export function noteOf(system: System): string {
  const standing = standingOf(system);
  const vehicles = freeVehicles(system);
  return [
    countryName(system.country),
    system.stations > 0 ? plural(system.stations, 'station') : '',
    vehicles !== null && vehicles > 0 ? plural(vehicles, 'vehicle') : '',
    standing === 'current' ? '' : STANDING_NAMES[standing],
    system.bounds === null ? 'place not known' : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

const SYSTEM_ZOOM = 12;

/** Moves the map to the system and everything around it; a system without a position has only its own page. */
export function goToSystem(system: System): void {
  const middle = middleOf(system);
  if (middle === null) {
    changeUrl({ system: system.system_id, camera: null });
    return;
  }
  const camera = { ...middle, zoom: SYSTEM_ZOOM };
  world.destination.value = camera;
  changeUrl({ camera });
}
