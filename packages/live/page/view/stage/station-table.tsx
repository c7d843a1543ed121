import { computed, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { formatCount, formatDuration, formatPercent, secondsSince } from '../../model/format.ts';
import { percentOf } from '../../model/outlook.ts';
import { type Column, sortStations } from '../../model/sort.ts';
import { nameOf, type Station, shareOfBikes } from '../../model/station.ts';
import { aheadMinutes, chances } from '../../state/keep-forecast.ts';
import { keepIssues, openIssuesOf } from '../../state/keep-issues.ts';
import * as state from '../../state/page-state.ts';
import { changeUrl, urlState } from '../../state/url-signal.ts';
import { NotJudged } from '../panel/not-judged.tsx';
import { STATE_NAMES, StateMark } from '../panel/state-mark.tsx';
import { AheadChoice } from './ahead-choice.tsx';
import { HeadingCell, sortedBy } from './heading-cell.tsx';
import { Pages, pageOf } from './table-pages.tsx';

type ColumnHeading = { column: Column; text: string; number?: boolean };
const NAME: ColumnHeading = { column: 'name', text: 'Station' };
const HEADINGS: ColumnHeading[] = [
  { column: 'state', text: 'State' },
  { column: 'bikes', text: 'Bikes', number: true },
  { column: 'ebikes', text: 'E-bikes', number: true },
  { column: 'docks', text: 'Docks', number: true },
  { column: 'capacity', text: 'Capacity', number: true },
  { column: 'share', text: 'Filled', number: true },
  { column: 'since', text: 'For', number: true },
];

const sort = computed(() => urlState.value.sort);
const sorted = computed(() => sortStations(state.filteredStations.value, sort.value));
const wantedPage = signal(0);
/** The column exists only if the feed of some station gives e-bikes. */
const hasEbikes = computed(() =>
  state.filteredStations.value.some(({ num_ebikes_available }) => num_ebikes_available !== null),
);

/** The equivalent of the map for users who cannot see it: the same stations, filter and moment. */
export function StationTable() {
  const { system } = urlState.value;
  useEffect(() => (system === null ? undefined : keepIssues(system)), [system]);
  const { rows, page, pages } = pageOf(sorted.value, wantedPage.value);
  return (
    <div class="table-view">
      <div class="table-head">
        <AheadChoice label="Forecast" present="Without forecast" />
        <NotJudged class="empty-note" />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section class="table-scroll" tabIndex={0} aria-label="Table of stations">
        <table>
          <thead>
            <tr>
              <Heading {...NAME} />
              {/* What was chosen beside the names, where it needs no scrolling. */}
              {aheadMinutes.value !== null && (
                <th scope="col" class="number ahead-heading">
                  A bike in {aheadMinutes.value} min
                </th>
              )}
              {HEADINGS.filter(({ column }) => column !== 'ebikes' || hasEbikes.value).map((heading) => (
                <Heading key={heading.column} {...heading} />
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
      {pages > 1 && <Pages count={sorted.value.length} page={page} pages={pages} wantedPage={wantedPage} />}
    </div>
  );
}

function emptyNote(): string {
  if (!state.loaded.value) return state.waitNote.value;
  if (state.replaying.value && state.replay.value === null) {
    return state.replayTrouble.value ?? 'Loading history …';
  }
  if (state.stations.value.size === 0) return state.nothingSeen.value;
  return 'No station matches the search and the filter.';
}

function Heading({ column, ...heading }: ColumnHeading) {
  const { sorted, next } = sortedBy(sort.value, column);
  return <HeadingCell {...heading} sorted={sorted} onSort={() => changeUrl({ sort: next })} />;
}

function Row({ station }: { station: Station }) {
  const { station_id, num_bikes_available: bikes, num_docks_available: docks, capacity } = station;
  const share = shareOfBikes(station);
  const seconds = secondsSince(station.state_since, state.knownUntilMs.value);
  const isSelected = urlState.value.station === station_id;
  return (
    <tr class={isSelected ? 'selected' : ''} data-station={station_id}>
      <th scope="row">
        <button type="button" class="row-name" onClick={() => changeUrl({ station: station_id })}>
          <bdi>{nameOf(station)}</bdi>
        </button>
        {!state.replaying.value && <IssueMark station={station_id} />}
      </th>
      {aheadMinutes.value !== null && (
        <td class="number" data-cell="chance">
          {chanceText(chances.value?.get(station_id) ?? null)}
        </td>
      )}
      <td>
        <span class="state-cell">
          <StateMark state={station.state} share={share} />
          {STATE_NAMES[station.state]}
        </span>
      </td>
      <td class="number" data-cell="bikes">
        {formatCount(bikes)}
      </td>
      {hasEbikes.value && (
        <td class="number" data-cell="ebikes">
          {formatCount(station.num_ebikes_available)}
        </td>
      )}
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

function chanceText(chance: number | null): string {
  return chance === null ? '–' : `${percentOf(chance)} %`;
}

/** The problems of the station's data: a sign and a sentence. */
function IssueMark({ station }: { station: string }) {
  const open = openIssuesOf(station);
  if (open.length === 0) return null;
  return (
    <p class="issue-mark">
      <span aria-hidden="true">⚑ </span>
      {open.map(({ definition }) => definition).join(' ')}
    </p>
  );
}
