import type { Change } from '../../../src/api/change.ts';
import { formatDelta, nounOf, plural } from '../../model/format.ts';
import { quietNote } from '../../model/quiet-note.ts';
import { nameOf, shareOfBikes } from '../../model/station.ts';
import * as state from '../../state/page-state.ts';
import { changeUrl, urlState } from '../../state/url-signal.ts';
import { STATE_NAMES, StateMark } from '../panel/state-mark.tsx';

const SHOWN_MAX = 40;

/** The latest changes, newest first; during a search, the search result replaces them. */
export function Ticker() {
  if (urlState.value.query.trim() !== '') return <Found />;
  const changes = state.changes.value.slice(0, SHOWN_MAX);
  return (
    <section class="ticker" aria-label="Latest changes">
      {/* They continue while the map shows another time. */}
      <h2>{state.replaying.value ? 'Latest changes, live' : 'Latest changes'}</h2>
      {changes.length === 0 ? (
        <p class="empty-note">{state.loaded.value ? quiet() : state.waitNote.value}</p>
      ) : (
        <ol>
          {changes.map((change) => (
            <li key={`${change.station_id} ${change.observed_at}`}>
              <ChangeLine change={change} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function quiet(): string {
  const first = state.system.value?.first_observed_at;
  const last = state.observedAt.value;
  return quietNote({
    nowMs: state.nowMs.value,
    firstObservedMs: first ? Date.parse(first) : null,
    lastObservedMs: last === null ? null : Date.parse(last),
    isArchive: state.archiveEndMs.value !== null,
    gaps: state.replayEndsNow.value ? (state.replay.value?.gaps ?? null) : null,
  });
}

function ChangeLine({ change }: { change: Change }) {
  const { bikes_delta, docks_delta, num_bikes_available: bikes, num_docks_available: docks } = change;
  const isOfBikes = bikes_delta !== null && bikes_delta !== 0;
  const delta = isOfBikes ? bikes_delta : docks_delta;
  return (
    <button type="button" class="line" onClick={() => changeUrl({ station: change.station_id })}>
      <span class={`delta ${(delta ?? 0) > 0 ? 'delta-up' : 'delta-down'}`}>
        {formatDelta(delta)}
        <span class="visually-hidden">{` ${nounOf(delta, isOfBikes ? 'bike' : 'dock')}`}</span>
      </span>
      <span class="line-name" dir="auto">
        {nameOf(change)}
      </span>
      <span class="line-note">
        {!isOfBikes && 'docks only: '}
        {bikes === null ? 'bikes not known' : plural(bikes, 'bike')}
        {docks !== null && `, ${plural(docks, 'dock')}`} now
      </span>
      <time dateTime={change.observed_at}>{state.clock.value.seconds(new Date(change.observed_at))}</time>
    </button>
  );
}

function Found() {
  const found = state.filteredStations.value.slice(0, SHOWN_MAX);
  return (
    <section class="ticker" aria-label="Stations found">
      <h2>Stations found</h2>
      {found.length === 0 && <p class="empty-note">No station has this name or id.</p>}
      <ol>
        {found.map((station) => (
          <li key={station.station_id}>
            <button type="button" class="line" onClick={() => changeUrl({ station: station.station_id })}>
              <StateMark state={station.state} share={shareOfBikes(station)} />
              <span class="line-name" dir="auto">
                {nameOf(station)}
              </span>
              <span class="line-note">
                {station.state === 'ok'
                  ? `${plural(station.num_bikes_available, 'bike')}, ${plural(station.num_docks_available, 'dock')}`
                  : STATE_NAMES[station.state]}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
