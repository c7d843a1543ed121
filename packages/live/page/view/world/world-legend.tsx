import { useState } from 'preact/hooks';
import * as world from '../../state/world/world-state.ts';
import { StateMark } from '../panel/state-mark.tsx';
import { ShareRamp, StateSigns } from '../panel/state-signs.tsx';
import { VehicleMark } from '../panel/vehicle-mark.tsx';
import { StandingMark, VehiclesOnlyMark } from './system-mark.tsx';

export function WorldLegend() {
  const [isOpen] = useState(() => innerWidth > 900);
  return (
    <details class="legend" open={isOpen}>
      <summary>Legend</summary>
      <div class="legend-body">
        <ShareRamp from="few bikes" to="few docks" />
        {world.isPlace.value ? <PlaceSigns /> : <SystemSigns />}
      </div>
    </details>
  );
}

function SystemSigns() {
  return (
    <>
      <ul class="legend-world">
        <li>
          <VehiclesOnlyMark /> only vehicles
        </li>
        <li>
          <StandingMark standing="late" /> late
        </li>
        <li>
          <StandingMark standing="archive" /> archive
        </li>
        <li>
          <StandingMark standing="unseen" /> not seen yet
        </li>
      </ul>
      <p>Larger circles: more stations and vehicles.</p>
    </>
  );
}

function PlaceSigns() {
  return (
    <>
      <StateSigns>
        <li>
          <StateMark state="unobserved" share={null} /> late
        </li>
        <li>
          <VehicleMark kind="bike" /> vehicle
        </li>
      </StateSigns>
      <p>Larger circles: more capacity.</p>
    </>
  );
}
