import { computed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { countStates, filterStations, STATES } from '../../model/filter.ts';
import { formatCount, plural } from '../../model/format.ts';
import type { StationState } from '../../model/station.ts';
import * as state from '../../state/page-state.ts';
import { changeUrl, urlState } from '../../state/url-signal.ts';
import { STATE_NAMES, StateMark } from '../panel/state-mark.tsx';

/** How many a chip would show: of what the search finds. */
const counts = computed(() =>
  countStates(
    filterStations([...state.shownStations.value.values()], { query: urlState.value.query, show: [] }),
  ),
);

export function SearchAndFilter() {
  const { query, show } = urlState.value;
  const search = useRef<HTMLInputElement>(null);
  const toggle = (one: StationState) =>
    changeUrl({ show: STATES.filter((name) => show.includes(name) !== (name === one)) });
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
            <span class="chip-count">
              {formatCount(state.isNothingKnown.value ? null : counts.value[one])}
            </span>
          </button>
        ))}
      </fieldset>
      {state.isFiltered.value && (
        <p class="filter-result">
          {plural(state.filteredStations.value.length, 'station')} of{' '}
          {formatCount(state.shownStations.value.size)}
          <button
            type="button"
            class="text-button"
            onClick={() => {
              changeUrl({ query: '', show: [] });
              // The button goes: the keyboard stays at the search.
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

const SHARES: Partial<Record<StationState, number>> = { ok: 0.75, empty: 0, full: 1 };
