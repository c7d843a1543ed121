import { computed, signal } from '@preact/signals';
import { formatCount, formatDuration, formatPercent, secondsSince } from '../../model/format.ts';
import { type Column, sortStations } from '../../model/sort.ts';
import { nameOf, type Station, shareOfBikes } from '../../model/station.ts';
import * as state from '../../state/page-state.ts';
import { changeUrl, urlState } from '../../state/url-signal.ts';
import { STATE_NAMES, StateMark } from '../panel/state-mark.tsx';

const PAGE_ROWS = 100;

const HEADINGS: { column: Column; text: string; number?: boolean }[] = [
  { column: 'name', text: 'Station' },
  { column: 'state', text: 'State' },
  { column: 'bikes', text: 'Bikes', number: true },
  { column: 'docks', text: 'Docks', number: true },
  { column: 'capacity', text: 'Capacity', number: true },
  { column: 'share', text: 'Filled', number: true },
  { column: 'since', text: 'For', number: true },
];

const sort = computed(() => urlState.value.sort);
const sorted = computed(() => sortStations(state.filteredStations.value, sort.value));
const wantedPage = signal(0);
const pages = computed(() => Math.max(1, Math.ceil(sorted.value.length / PAGE_ROWS)));
const page = computed(() => Math.min(wantedPage.value, pages.value - 1));

/** The map's equal for those who do not see it: the same stations, filter and moment. */
export function StationTable() {
  const rows = sorted.value.slice(page.value * PAGE_ROWS, (page.value + 1) * PAGE_ROWS);
  return (
    <div class="table-view">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section class="table-scroll" tabIndex={0} aria-label="Table of stations">
        <table>
          <thead>
            <tr>
              {HEADINGS.map((heading) => (
                <HeadingCell key={heading.column} {...heading} />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((station) => (
              <Row key={station.station_id} station={station} />
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <p class="empty-note">{emptyNote()}</p>}
      </section>
      {pages.value > 1 && <Pages />}
    </div>
  );
}

function emptyNote(): string {
  if (!state.loaded.value) return 'Loading …';
  if (state.replaying.value && state.replay.value === null) {
    return state.replayTrouble.value ?? 'History is being fetched …';
  }
  if (state.stations.value.size === 0) return state.nothingSeen.value;
  return 'No station matches the search and the filter.';
}

function HeadingCell({ column, text, number = false }: (typeof HEADINGS)[number]) {
  const { column: by, descending } = sort.value;
  const isBy = by === column;
  return (
    <th
      scope="col"
      class={number ? 'number' : ''}
      aria-sort={isBy ? (descending ? 'descending' : 'ascending') : undefined}
    >
      <button
        type="button"
        onClick={() => changeUrl({ sort: { column, descending: isBy ? !descending : false } })}
      >
        {text}
        <span class="sort-sign" aria-hidden="true">
          {isBy ? (descending ? '▼' : '▲') : ''}
        </span>
      </button>
    </th>
  );
}

function Row({ station }: { station: Station }) {
  const { station_id, num_bikes_available: bikes, num_docks_available: docks, capacity } = station;
  const share = shareOfBikes(station);
  const seconds = secondsSince(station.state_since, state.nowMs.value);
  const isSelected = urlState.value.station === station_id;
  return (
    <tr class={isSelected ? 'selected' : ''} data-station={station_id}>
      <th scope="row">
        <button type="button" class="row-name" onClick={() => changeUrl({ station: station_id })}>
          {nameOf(station)}
        </button>
      </th>
      <td>
        <span class="state-cell">
          <StateMark state={station.state} share={share} />
          {STATE_NAMES[station.state]}
        </span>
      </td>
      <td class="number" data-cell="bikes">
        {formatCount(bikes)}
      </td>
      <td class="number" data-cell="docks">
        {formatCount(docks)}
      </td>
      <td class="number">{formatCount(capacity)}</td>
      <td class="number">
        <span class="share-cell">
          <svg class="share-bar" viewBox="0 0 48 6" width="48" height="6" aria-hidden="true">
            <rect class="share-all" width="48" height="6" rx="3" />
            <rect
              class={`ramp-${Math.round((share ?? 0) * 4)}`}
              width={48 * (share ?? 0)}
              height="6"
              rx="3"
            />
          </svg>
          <span>{formatPercent(share)}</span>
        </span>
      </td>
      <td class="number">{seconds === null ? '–' : formatDuration(seconds)}</td>
    </tr>
  );
}

/** At an end the button stays where the keyboard is: a disabled one would lose it. */
function turn(by: 1 | -1): void {
  wantedPage.value = Math.min(pages.value - 1, Math.max(0, page.value + by));
}

function Pages() {
  const first = page.value * PAGE_ROWS + 1;
  const last = Math.min(sorted.value.length, first + PAGE_ROWS - 1);
  return (
    <nav class="pages" aria-label="Pages of the table">
      <button type="button" class="page-step" aria-disabled={page.value === 0} onClick={() => turn(-1)}>
        Previous
      </button>
      <span>
        {formatCount(first)}–{formatCount(last)} of {formatCount(sorted.value.length)}
      </span>
      <button
        type="button"
        class="page-step"
        aria-disabled={page.value >= pages.value - 1}
        onClick={() => turn(1)}
      >
        Next
      </button>
    </nav>
  );
}
