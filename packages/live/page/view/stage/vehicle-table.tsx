import { computed, signal } from '@preact/signals';
import type { Vehicle } from '../../../src/api/vehicle.ts';
import { formatDuration, secondsSince } from '../../model/format.ts';
import { nameOf } from '../../model/station.ts';
import { formatRange, nameOfVehicle } from '../../model/vehicle/vehicle.ts';
import { lookOf } from '../../model/vehicle/vehicle-shape.ts';
import { sortVehicles, type VehicleColumn, type VehicleSort } from '../../model/vehicle/vehicle-sort.ts';
import * as state from '../../state/page-state.ts';
import * as vehicleState from '../../state/vehicle-state.ts';
import { VEHICLE_STATE_NAMES, VehicleMark } from '../panel/vehicle-mark.tsx';
import { HeadingCell, sortedBy } from './heading-cell.tsx';
import { Pages, pageOf } from './table-pages.tsx';

const HEADINGS: { column: VehicleColumn; text: string; number?: boolean }[] = [
  { column: 'vehicle', text: 'Vehicle' },
  { column: 'state', text: 'State' },
  { column: 'range', text: 'Range', number: true },
  { column: 'since', text: 'Here for', number: true },
  { column: 'place', text: 'Place' },
];

const sort = signal<VehicleSort>({ column: 'vehicle', descending: false });
const sorted = computed(() => sortVehicles(vehicleState.filteredVehicles.value, sort.value));
const wantedPage = signal(0);

/** All vehicles, for users who cannot see the map: the same filter and moment. */
export function VehicleTable() {
  const { rows, page, pages } = pageOf(sorted.value, wantedPage.value);
  return (
    <div class="table-view">
      {state.areVehiclesStale.value && !state.isOfVehiclesOnly.value && (
        <p class="table-note" role="status">
          The list of vehicles is old: they may have gone.
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section class="table-scroll" tabIndex={0} aria-label="Table of vehicles">
        <table>
          <thead>
            <tr>
              {HEADINGS.map((heading) => (
                <Heading key={heading.column} {...heading} />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((vehicle, index) => (
              <Row key={index} vehicle={vehicle} />
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <p class="empty-note">{emptyNote()}</p>}
      </section>
      {pages > 1 && <Pages count={sorted.value.length} page={page} pages={pages} wantedPage={wantedPage} />}
    </div>
  );
}

function emptyNote(): string {
  if (vehicleState.vehiclesUnobserved.value) return 'The vehicles were not observed at this time.';
  const shown = vehicleState.shownVehicles.value;
  if (shown === null) return state.replaying.value ? 'Loading history …' : state.waitNote.value;
  return shown.length === 0 ? 'No vehicle is parked.' : 'No vehicle matches the filter.';
}

function Heading({ column, ...heading }: (typeof HEADINGS)[number]) {
  const { sorted, next } = sortedBy(sort.value, column);
  return (
    <HeadingCell
      {...heading}
      sorted={sorted}
      onSort={() => {
        sort.value = next;
      }}
    />
  );
}

function Row({ vehicle }: { vehicle: Vehicle }) {
  const seconds = secondsSince(vehicle.since, state.vehiclesKnownUntilMs.value);
  const { lat, lon, station_id } = vehicle;
  return (
    <tr>
      <th scope="row">
        <span class="state-cell">
          <VehicleMark {...lookOf(vehicle)} />
          {nameOfVehicle(vehicle)}
        </span>
      </th>
      <td>{VEHICLE_STATE_NAMES[vehicle.state]}</td>
      <td class="number">{formatRange(vehicle.range_meters)}</td>
      <td
        class="number"
        title={vehicle.since_seen ? undefined : 'At least: the time just before was not observed'}
      >
        {seconds === null ? '–' : `${vehicle.since_seen ? '' : '≥ '}${formatDuration(seconds)}`}
      </td>
      <td>{station_id !== null ? stationName(station_id) : placeText(lat, lon)}</td>
    </tr>
  );
}

function stationName(station_id: string): string {
  return `at ${nameOf(state.stations.value.get(station_id) ?? { station_id, name: null })}`;
}

function placeText(lat: number | null, lon: number | null): string {
  return lat === null || lon === null ? '–' : `${lat.toFixed(5)}, ${lon.toFixed(5)}`;
}
