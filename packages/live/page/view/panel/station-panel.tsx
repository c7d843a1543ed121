import { computed, effect, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { History } from '../../../src/api/history.ts';
import { ApiProblem, getHistory, serverNowMs } from '../../data/api-client.ts';
import { untilShown } from '../../data/shown.ts';
import { formatCount, formatDelta, formatDuration, secondsSince } from '../../model/format.ts';
import { nameOf, type Station, shareOfBikes } from '../../model/station.ts';
import * as state from '../../state/page-state.ts';
import { changeUrl, urlState } from '../../state/url-signal.ts';
import { AlertText, alertsOfStation } from '../alert-notice.tsx';
import { HistoryChart } from './history-chart.tsx';
import { Outlook } from './outlook.tsx';
import { STATE_NAMES, StateMark } from './state-mark.tsx';

const DAY_MS = 86_400_000;
const SHORTEST_MS = 10 * 60_000;
/** What has the keyboard when nothing else has. */
const FALLBACK = '.maplibregl-canvas, .table-scroll';
/** A station that changes at each poll need not have its day fetched at each. */
const REFETCH_MIN_MS = 5000;
const REFETCH_MAX_MS = 60_000;

/** One station: what it offers, how its day was, what happened last. */
export function StationPanel() {
  const { system, station: id } = urlState.value;
  const station = state.selectedStation.value;
  const heading = useRef<HTMLHeadingElement>(null);
  const opener = useRef<Element | null>(null);
  useEffect(() => {
    if (id === null) {
      // Back to where the keyboard was; what opened the panel may be gone, as a line of the ticker is after a while.
      const back = opener.current?.isConnected ? opener.current : document.querySelector(FALLBACK);
      if (opener.current !== null && back instanceof HTMLElement) back.focus({ preventScroll: true });
      opener.current = null;
      return;
    }
    opener.current ??= document.activeElement;
    heading.current?.focus({ preventScroll: true });
  }, [id]);
  if (id === null) return null;
  const close = () => changeUrl({ station: null });
  return (
    <aside
      class="panel"
      aria-label="Station"
      data-testid="station-panel"
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      <div class="panel-head">
        <h2 ref={heading} tabIndex={-1}>
          {station ? nameOf(station) : `Station ${id}`}
        </h2>
        <button type="button" class="icon-button" onClick={close} aria-label="Close the station">
          <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
            <path d="M4.5 4.5l11 11M15.5 4.5l-11 11" />
          </svg>
        </button>
      </div>
      {station === null ? (
        <p class="empty-note">{state.loaded.value ? 'This system has no such station.' : 'Loading …'}</p>
      ) : (
        <>
          <Offer station={station} />
          {system !== null && <Outlook system={system} station={id} />}
          {alertsOfStation(id).map((alert) => (
            <p key={alert.alert_id} class="station-alert">
              <AlertText alert={alert} />
            </p>
          ))}
          {system !== null && <Day key={`${system} ${id}`} system={system} station={station} />}
          <LastChanges station={station} />
        </>
      )}
    </aside>
  );
}

function Offer({ station }: { station: Station }) {
  const { num_bikes_available: bikes, num_docks_available: docks, capacity } = station;
  const since = secondsSince(station.state_since, state.nowMs.value);
  const disabled = (station.num_bikes_disabled ?? 0) + (station.num_docks_disabled ?? 0);
  return (
    <section class="offer" aria-label="What it offers">
      <p class="offer-state">
        <StateMark state={station.state} share={shareOfBikes(station)} />
        <strong>{STATE_NAMES[station.state]}</strong>
        {since !== null && <span>for {formatDuration(since)}</span>}
      </p>
      <dl class="offer-counts">
        <div>
          <dt>Bikes</dt>
          <dd>{formatCount(bikes)}</dd>
        </div>
        {station.num_ebikes_available !== null && (
          <div title="Of the bikes, those with a motor">
            <dt>E-bikes</dt>
            <dd data-testid="ebikes">{formatCount(station.num_ebikes_available)}</dd>
          </div>
        )}
        <div>
          <dt>Free docks</dt>
          <dd>{formatCount(docks)}</dd>
        </div>
        <div>
          <dt>Capacity</dt>
          <dd>{formatCount(capacity)}</dd>
        </div>
      </dl>
      <OfferBar
        bikes={bikes ?? 0}
        docks={docks ?? 0}
        places={Math.max(capacity ?? 0, (bikes ?? 0) + (docks ?? 0))}
      />
      <p class="offer-notes">
        {disabled > 0 && <span>{disabled} out of order</span>}
        {station.is_renting === false && <span>not renting</span>}
        {station.is_returning === false && <span>takes no bikes back</span>}
        <span>
          {station.lat !== null && station.lon !== null
            ? `${station.lat.toFixed(5)}, ${station.lon.toFixed(5)}`
            : 'place not known'}
        </span>
        <span>id {station.station_id}</span>
      </p>
    </section>
  );
}

function OfferBar({ bikes, docks, places }: { bikes: number; docks: number; places: number }) {
  if (places === 0) return null;
  return (
    <svg class="offer-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect class="bar-rest" width="100" height="4" />
      <rect class="bar-docks" width={(100 * (bikes + docks)) / places} height="4" />
      <rect class="bar-bikes" width={(100 * bikes) / places} height="4" />
    </svg>
  );
}

const history = signal<History | null>(null);
const problem = signal<string | null>(null);

function Day({ system, station }: { system: string; station: Station }) {
  const id = station.station_id;
  useEffect(() => {
    history.value = null;
    problem.value = null;
    return keepHistory(system, id);
  }, [system, id]);
  if (problem.value !== null && history.value === null) return <p class="empty-note">{problem.value}</p>;
  if (history.value === null || history.value.station_id !== id) {
    return <div class="chart-waits" aria-hidden="true" />;
  }
  return <HistoryChart history={history.value} station={station} />;
}

/** Fetches the station's day, again when it changes and each minute. @returns what ends it */
function keepHistory(system: string, station: string): () => void {
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout>;
  let fetchedAtMs = 0;
  const fetchNow = async () => {
    await untilShown(stop.signal);
    if (stop.signal.aborted) return;
    fetchedAtMs = Date.now();
    again(REFETCH_MAX_MS);
    const [from, to] = windowNow();
    try {
      history.value = withoutEarlyProfile(await getHistory(system, station, from, to, stop.signal));
      problem.value = null;
    } catch (error) {
      if (stop.signal.aborted) return;
      problem.value = error instanceof ApiProblem ? error.message : 'The history could not be fetched.';
      again(REFETCH_MIN_MS);
    }
  };
  const again = (afterMs: number) => {
    clearTimeout(timer);
    timer = setTimeout(fetchNow, afterMs);
  };
  // Of this station alone: others change all the time.
  const own = computed(() => state.stations.value.get(station));
  const stopWatching = effect(() => {
    // Read for its changes: the value is in the history that is fetched.
    void own.value;
    again(Math.max(0, fetchedAtMs + REFETCH_MIN_MS - Date.now()));
  });
  return () => {
    stopWatching();
    clearTimeout(timer);
    stop.abort();
  };
}

/** The last day; of a system that is recorded for less, what there is, or the chart would be one large gap. */
function windowNow(): [from: Date, to: Date] {
  const to = serverNowMs();
  const first = Date.parse(state.system.peek()?.first_observed_at ?? '');
  const sinceMs = Number.isNaN(first) ? DAY_MS : Math.max(SHORTEST_MS, to - first);
  return [new Date(to - Math.min(DAY_MS, sinceMs)), new Date(to)];
}

function LastChanges({ station }: { station: Station }) {
  const own = state.changes.value.filter(({ station_id }) => station_id === station.station_id).slice(0, 5);
  if (own.length === 0) return null;
  return (
    <section class="last-changes" aria-label="Last changes of the station">
      <h3>Last changes</h3>
      <ol>
        {own.map((change) => (
          <li key={change.observed_at}>
            <time dateTime={change.observed_at}>
              {state.clock.value.seconds(new Date(change.observed_at))}
            </time>
            <span>
              {change.bikes_delta
                ? `${formatDelta(change.bikes_delta)} bikes`
                : `${formatDelta(change.docks_delta)} docks`}
            </span>
            <span class="muted">
              {formatCount(change.num_bikes_available)} bikes, {formatCount(change.num_docks_available)} docks
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** In the first week "usual" would be the very hours that are drawn: nothing to compare them with. */
function withoutEarlyProfile(history: History): History {
  const first = Date.parse(state.system.peek()?.first_observed_at ?? '');
  return Date.parse(history.to) - first < 7 * DAY_MS ? { ...history, profile: [] } : history;
}
