import { formatCount } from '../../model/format.ts';
import { totalsOf } from '../../model/totals.ts';
import * as state from '../../state/page-state.ts';
import * as vehicleState from '../../state/vehicle-state.ts';

const NOT_KNOWN = { ...totalsOf([]), empty: null, full: null, closed: null, unknown: null, stations: null };

/** The whole system in numbers: its stations and its free-floating vehicles. */
export function TotalsStrip() {
  return (
    <section class="totals" aria-label="Totals of the system">
      {!state.isOfVehiclesOnly.value && <StationTotals />}
      {vehicleState.hasVehicles.value && <FreeTotals />}
    </section>
  );
}

function StationTotals() {
  const { bikes, ebikes, docks, empty, full, closed, unknown, stations } = state.totals.value ?? NOT_KNOWN;
  const inUse = state.inUse.value;
  return (
    <>
      <dl>
        <Total
          name="Bikes"
          value={formatCount(bikes)}
          strong
          {...(ebikes !== null && { note: `${formatCount(ebikes)} e-bikes` })}
        />
        <Total name="Free docks" value={formatCount(docks)} strong />
        <Total
          name="In use"
          value={inUse === null ? '–' : `≈ ${formatCount(inUse)}`}
          strong
          hint="Estimated, because no feed gives it: the most bikes at stations at any time in the last day, less those there now."
        />
        <Total name="Empty" value={formatCount(empty)} />
        <Total name="Full" value={formatCount(full)} />
        <Total
          name="Closed"
          value={formatCount(closed)}
          hint="Not renting, or no longer in the feed's list"
        />
        <Total name="Unknown" value={formatCount(unknown)} hint="The feed gives neither bikes nor docks" />
      </dl>
      <p class="visually-hidden">{formatCount(stations)} stations</p>
    </>
  );
}

/** Vehicles at a station count as bikes there and are not counted again. */
function FreeTotals() {
  const totals = vehicleState.vehicleTotals.value;
  return (
    <dl data-testid="vehicle-totals">
      <Total
        name="Vehicles"
        value={formatCount(totals?.available)}
        hint="Free-floating vehicles that are available. Vehicles at stations count there."
      />
      <Total name="Reserved" value={formatCount(totals?.reserved)} />
      <Total name="Disabled" value={formatCount(totals?.disabled)} hint="Parked, but not available" />
      <Total
        name="Low range"
        value={state.replaying.value ? '–' : formatCount(totals?.low)}
        hint="Available, with a range below 5 km"
      />
    </dl>
  );
}

type TotalProps = { name: string; value: string; strong?: boolean; hint?: string; note?: string };

function Total({ name, value, strong = false, hint, note }: TotalProps) {
  return (
    <div class={strong ? 'total total-strong' : 'total'} title={hint}>
      <dt>{name}</dt>
      <dd data-testid={`total-${name.toLowerCase().replaceAll(' ', '-')}`}>{value}</dd>
      {note !== undefined && <dd class="total-note">{note}</dd>}
    </div>
  );
}
