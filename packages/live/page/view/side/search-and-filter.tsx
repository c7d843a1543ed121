import { computed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { countStates, filterStations, STATES } from '../../model/filter.ts';
import { formatCount, plural } from '../../model/format.ts';
import type { StationState } from '../../model/station.ts';
import { KIND_NAMES, KINDS } from '../../model/vehicle/vehicle.ts';
import * as state from '../../state/page-state.ts';
import { changeUrl, urlState } from '../../state/url-signal.ts';
import * as vehicleState from '../../state/vehicle-state.ts';
import { STATE_NAMES, StateMark } from '../panel/state-mark.tsx';
import { VehicleMark } from '../panel/vehicle-mark.tsx';

/** How many stations each chip would show, within the search result. */
const counts = computed(() =>
  countStates(
    filterStations([...state.shownStations.value.values()], { query: urlState.value.query, show: [] }),
  ),
);

export function SearchAndFilter() {
  const { query } = urlState.value;
  const search = useRef<HTMLInputElement>(null);
  return (
    <section class="filter" aria-label="Search and filter">
      <label class="search">
        <span class="visually-hidden">Search stations by name or id</span>
        <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
          <path d="M8.5 3a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM12.6 12.6 17 17" />
        </svg>
        <input
          ref={search}
          type="search"
          value={query}
          placeholder="Search stations"
          autocomplete="off"
          onInput={(event) => changeUrl({ query: event.currentTarget.value })}
        />
      </label>
      {!state.isOfVehiclesOnly.value && <StateChips />}
      {vehicleState.hasVehicles.value && <KindChips />}
      {state.isFiltered.value && (
        <p class="filter-result">
          {plural(state.filteredStations.value.length, 'station')} of{' '}
          {formatCount(state.shownStations.value.size)}
          <button
            type="button"
            class="text-button"
            onClick={() => {
              changeUrl({ query: '', show: [] });
              // The button disappears, so the focus moves to the search.
              search.current?.focus();
            }}
          >
            Show all
          </button>
        </p>
      )}
    </section>
  );
}

function StateChips() {
  const { show } = urlState.value;
  const toggle = (one: StationState) =>
    changeUrl({ show: STATES.filter((name) => show.includes(name) !== (name === one)) });
  return (
    <fieldset class="chips">
      <legend class="visually-hidden">Only stations that are</legend>
      {STATES.map((one) => (
        <button
          key={one}
          type="button"
          class="chip"
          aria-pressed={show.includes(one)}
          onClick={() => toggle(one)}
        >
          <StateMark state={one} share={SHARES[one] ?? null} />
          {STATE_NAMES[one]}{' '}
          <span class="chip-count">{formatCount(state.isNothingKnown.value ? null : counts.value[one])}</span>
        </button>
      ))}
    </fieldset>
  );
}

/** A chip for each kind that is present. */
function KindChips() {
  const { kinds } = urlState.value;
  const known = vehicleState.vehicleTotals.value?.kinds;
  const there = KINDS.filter((kind) => known?.has(kind) || kinds.includes(kind));
  if (there.length < 2 && kinds.length === 0) return null;
  return (
    <fieldset class="chips" data-testid="kinds">
      <legend class="visually-hidden">Only vehicles that are</legend>
      {there.map((one) => (
        <button
          key={one}
          type="button"
          class="chip"
          aria-pressed={kinds.includes(one)}
          onClick={() =>
            changeUrl({ kinds: KINDS.filter((kind) => kinds.includes(kind) !== (kind === one)) })
          }
        >
          <VehicleMark kind={one} electric={one === 'ebike'} />
          {KIND_NAMES[one]} <span class="chip-count">{formatCount(known && (known.get(one) ?? 0))}</span>
        </button>
      ))}
    </fieldset>
  );
}

const SHARES: Partial<Record<StationState, number>> = { ok: 0.75, empty: 0, full: 1 };
