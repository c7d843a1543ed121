import { formatCount, plural } from '../../model/format.ts';
import type { WorldTotals as Totals } from '../../model/world/system-place.ts';
import { urlState } from '../../state/url-signal.ts';
import * as world from '../../state/world/world-state.ts';

/** Zoomed out, all systems in numbers; zoomed in, what is in view. Only systems that are on time count. */
export function WorldTotals() {
  return (
    <section
      class="totals totals-world"
      aria-label={world.isPlace.value ? 'Totals of the place' : 'Totals of all systems'}
    >
      {world.isPlace.value ? <PlaceTotals /> : <AllTotals />}
    </section>
  );
}

function AllTotals() {
  const { systems, current, stations, bikes, vehicles } = world.totals.value;
  return (
    <>
      <dl>
        <Total name="Systems" value={formatCount(systems)} />
        <Total name="Bikes at stations" value={formatCount(bikes)} />
        <Total name="Free vehicles" value={formatCount(vehicles)} />
      </dl>
      <p class="totals-note" data-testid="world-note">
        Bikes and vehicles of {plural(current, 'system')} on time, with {plural(stations, 'station')}.
        {notCounted(world.totals.value)}
      </p>
    </>
  );
}

/** Every system that is in the number of systems and in no other number. */
function notCounted({ late, archives, unseen }: Totals): string {
  const parts = [
    late > 0 && `${formatCount(late)} late`,
    archives > 0 && plural(archives, 'archive'),
    unseen > 0 && `${formatCount(unseen)} not seen yet`,
  ].filter(Boolean);
  return parts.length === 0 ? '' : ` Not counted: ${parts.join(', ')}.`;
}

function PlaceTotals() {
  const stations = world.placeStations.value;
  const vehicles = world.placeVehicles.value;
  const { bikes, docks, vehicles: free, late } = world.totalsOfPlace.value;
  const isWaiting = stations === null;
  return (
    <>
      <dl>
        <Total name="Bikes" value={formatCount(stations?.limit_reached ? null : bikes)} />
        <Total name="Free docks" value={formatCount(stations?.limit_reached ? null : docks)} />
        <Total name="Vehicles" value={formatCount(isWaiting || vehicles?.limit_reached ? null : free)} />
      </dl>
      <p class="totals-note" role="status" data-testid="place-note">
        {placeNote(late)}
      </p>
    </>
  );
}

/** The note says what is left out. */
function placeNote(late: number): string {
  if (world.placeTrouble.value !== null) return world.placeTrouble.value;
  const stations = world.placeStations.value;
  const vehicles = world.placeVehicles.value;
  if (stations === null || vehicles === null) return 'Loading …';
  const many = [
    stations.limit_reached ? plural(stations.matched, 'station') : null,
    vehicles.limit_reached ? plural(vehicles.matched, 'vehicle') : null,
  ].filter(Boolean);
  // Clusters do not say whose they are.
  const whose = urlState.value.country === null ? '' : ', of all countries';
  if (many.length > 0) return `${many.join(' and ')} here${whose}, drawn as clusters: zoom in to see each.`;
  if (stations.stations.length + vehicles.vehicles.length === 0) return 'Nothing is recorded here.';
  return late > 0
    ? `${plural(late, 'station')} of systems that are late: not counted.`
    : 'In view, of all operators.';
}

function Total({ name, value }: { name: string; value: string }) {
  return (
    <div class="total total-strong">
      <dt>{name}</dt>
      <dd data-testid={`total-${name.toLowerCase().replaceAll(' ', '-')}`}>{value}</dd>
    </div>
  );
}
