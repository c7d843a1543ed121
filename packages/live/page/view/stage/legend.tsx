import { useEffect, useState } from 'preact/hooks';
import { LAYERS, type Layer } from '../../model/url-state.ts';
import { KIND_NAMES, KINDS } from '../../model/vehicle/vehicle.ts';
import { showZones } from '../../state/follow-vehicles.ts';
import { aheadMinutes, forecasts } from '../../state/keep-forecast.ts';
import { keepIssues } from '../../state/keep-issues.ts';
import * as state from '../../state/page-state.ts';
import { changeUrl, urlState } from '../../state/url-signal.ts';
import * as vehicleState from '../../state/vehicle-state.ts';
import { NotJudged } from '../panel/not-judged.tsx';
import { StateMark } from '../panel/state-mark.tsx';
import { ShareRamp, StateSigns } from '../panel/state-signs.tsx';
import { VehicleMark } from '../panel/vehicle-mark.tsx';
import { AheadChoice } from './ahead-choice.tsx';

/** The meaning of the circles, in words and with the same drawing. */
export function Legend() {
  // Set only once: the user's choice survives a change of the window size.
  const [isOpen] = useState(() => innerWidth > 900);
  const { system } = urlState.value;
  useEffect(() => (system === null ? undefined : keepIssues(system)), [system]);
  return (
    <details class="legend" open={isOpen}>
      {/* Folded, as on a phone, it still says what the colours mean when they are not the usual ones. */}
      <summary>
        {aheadMinutes.value === null ? 'Legend' : `Legend: a bike in ${aheadMinutes.value} min`}
      </summary>
      <div class="legend-body">
        {!state.isOfVehiclesOnly.value && <AheadChoice label="Colour stations by" present="Present count" />}
        {!state.isOfVehiclesOnly.value &&
          (aheadMinutes.value === null ? <StationLegend /> : <OutlookLegend />)}
        {vehicleState.hasVehicles.value && <VehicleLegend />}
        <NotJudged />
        <LayerSwitches />
      </div>
    </details>
  );
}

function OutlookLegend() {
  return (
    <>
      <ShareRamp from="no bike likely" to="a bike likely" />
      <p>
        How likely it is that there is a bike in {aheadMinutes.value} min; zoom in to see it in per cent. A
        question mark: no forecast.
        {forecasts.value === null && <strong> Loading …</strong>}
      </p>
    </>
  );
}

function StationLegend() {
  return (
    <>
      <ShareRamp from="few bikes" to="few docks" />
      <StateSigns>
        {state.unobserved.value !== null && (
          <li>
            <StateMark state="unobserved" share={null} /> not observed
          </li>
        )}
      </StateSigns>
      <p>
        Larger circles: more capacity.
        {state.isStale.value && <strong> Grey: the data is old.</strong>}
      </p>
    </>
  );
}

/** The shapes of the vehicles that are present, and the marks on them. */
function VehicleLegend() {
  const there = KINDS.filter((kind) => vehicleState.vehicleTotals.value?.kinds.has(kind));
  // Bikes and e-bikes have one shape: the bolt distinguishes them.
  const kinds = new Set(there.map((kind) => (kind === 'ebike' ? 'bike' : kind)));
  return (
    <ul class="legend-vehicles" aria-label="Vehicles">
      {[...kinds].map((kind) => (
        <li key={kind}>
          <VehicleMark kind={kind} /> {KIND_NAMES[kind].toLowerCase()}
        </li>
      ))}
      <li>
        <VehicleMark kind="bike" electric /> electric
      </li>
      <li>
        <VehicleMark kind="bike" low /> low range
      </li>
      <li>
        <VehicleMark kind="bike" state="reserved" /> reserved
      </li>
      <li>
        <VehicleMark kind="bike" state="disabled" /> disabled
      </li>
    </ul>
  );
}

/** The map's other layers; only those with content. */
function LayerSwitches() {
  const { layers, system } = urlState.value;
  const there = LAYERS.filter((layer) =>
    layer === 'zones' ? vehicleState.hasZones.value : vehicleState.hasVehicles.value,
  );
  if (there.length === 0 || system === null) return null;
  const toggle = (one: Layer) => {
    changeUrl({ layers: LAYERS.filter((layer) => layers.includes(layer) !== (layer === one)) });
    if (one === 'zones') void showZones(system, new AbortController().signal).catch(() => {});
  };
  return (
    <fieldset class="layers">
      <legend class="visually-hidden">Show on the map</legend>
      {there.map((layer) => (
        <label key={layer}>
          <input type="checkbox" checked={layers.includes(layer)} onChange={() => toggle(layer)} />
          {layer === 'zones' ? 'Zones' : 'Vehicles'}
        </label>
      ))}
    </fieldset>
  );
}
