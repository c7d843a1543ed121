import type { System } from '../../../src/api/system.ts';
import { SIGNS, type Standing, shareOf, standingOf } from '../../model/world/system-place.ts';
import { StateMark } from '../panel/state-mark.tsx';

/** The sign of a system as the world's map draws it, so that the map's legend tells of a list's signs too. */
export function SystemMark({ system }: { system: System }) {
  const standing = standingOf(system);
  if (standing !== 'current') return <StandingMark standing={standing} />;
  return system.stations === 0 ? <VehiclesOnlyMark /> : <StateMark state="ok" share={shareOf(system)} />;
}

/** Hollow: it says nothing about now. */
export function StandingMark({ standing }: { standing: Exclude<Standing, 'current'> }) {
  return (
    <span class="standing" aria-hidden="true">
      {SIGNS[standing]}
    </span>
  );
}

export function VehiclesOnlyMark() {
  return <span class="standing standing-vehicles" aria-hidden="true" />;
}
