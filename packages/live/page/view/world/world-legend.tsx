import * as world from '../../state/world/world-state.ts';
import { StateMark } from '../panel/state-mark.tsx';
import { VehicleMark } from '../panel/vehicle-mark.tsx';

export function WorldLegend() {
  return (
    <details class="legend" open={innerWidth > 900}>
      <summary>Legend</summary>
      <div class="legend-body">
        <div class="legend-ramp" aria-hidden="true" />
        <p class="legend-ends">
          <span>few bikes</span>
          <span>few docks</span>
        </p>
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
          <span class="standing standing-vehicles" /> only vehicles
        </li>
        <li>
          <span class="standing standing-late">!</span> late
        </li>
        <li>
          <span class="standing standing-archive" /> archive
        </li>
      </ul>
      <p>Area: stations and vehicles.</p>
    </>
  );
}

function PlaceSigns() {
  return (
    <>
      <ul>
        <li>
          <StateMark state="empty" share={0} /> empty
        </li>
        <li>
          <StateMark state="full" share={1} /> full
        </li>
        <li>
          <StateMark state="closed" share={null} /> closed
        </li>
        <li>
          <StateMark state="unknown" share={null} /> unknown
        </li>
        <li>
          <StateMark state="unobserved" share={null} /> late
        </li>
        <li>
          <VehicleMark kind="bike" /> vehicle
        </li>
      </ul>
      <p>Area: capacity.</p>
    </>
  );
}
