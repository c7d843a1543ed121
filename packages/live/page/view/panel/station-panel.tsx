import { useEffect, useRef } from 'preact/hooks';
import {
  formatCount,
  formatDelta,
  formatDuration,
  nounOf,
  plural,
  secondsSince,
} from '../../model/format.ts';
import { nameOf, type Station, shareOfBikes } from '../../model/station.ts';
import { systemName } from '../../model/world/system-place.ts';
import * as state from '../../state/page-state.ts';
import { changeUrl, urlState } from '../../state/url-signal.ts';
import { isWorld, selectedStation as placedStation, placeStations } from '../../state/world/world-state.ts';
import { AlertText, alertsOfStation } from '../alert-notice.tsx';
import { Outlook } from './outlook.tsx';
import { RentalLinks } from './rental-links.tsx';
import { STATE_NAMES, StateMark } from './state-mark.tsx';
import { StationDay } from './station-day.tsx';

/** Gets the focus when nothing else has it. */
const FALLBACK = '.maplibregl-canvas, .table-scroll';

/** One station: what it offers, its last day, and its last changes. */
export function StationPanel() {
  const { system: ofPage, of, station: id } = urlState.value;
  const system = ofPage ?? of;
  const station = isWorld.value ? placedStation.value : state.selectedStation.value;
  const heading = useRef<HTMLHeadingElement>(null);
  const opener = useRef<Element | null>(null);
  useEffect(() => {
    if (id === null) {
      // Returns the focus to where it was. The element that opened the panel may be gone, for example an old line of
      // the ticker.
      const back = opener.current?.isConnected ? opener.current : document.querySelector(FALLBACK);
      if (opener.current !== null && back instanceof HTMLElement) back.focus({ preventScroll: true });
      opener.current = null;
      return;
    }
    opener.current ??= document.activeElement;
    heading.current?.focus({ preventScroll: true });
  }, [id]);
  if (id === null) return null;
  const close = () => changeUrl({ station: null, of: null });
  return (
    <aside
      class="panel"
      aria-label="Station"
      data-testid="station-panel"
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      <div class="panel-head">
        <h2 ref={heading} tabIndex={-1} dir="auto">
          {station ? nameOf(station) : `Station ${id}`}
        </h2>
        <button type="button" class="icon-button" onClick={close} aria-label="Close the station">
          <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
            <path d="M4.5 4.5l11 11M15.5 4.5l-11 11" />
          </svg>
        </button>
      </div>
      {station === null ? (
        <p class="empty-note">{missingNote()}</p>
      ) : (
        <>
          {isWorld.value && system !== null && <OfOperator system={system} />}
          <Offer station={station} />
          {system !== null && <RentalLinks key={`rent ${system} ${id}`} system={system} station={id} />}
          {system !== null && <Outlook system={system} station={id} />}
          {alertsOfStation(id).map((alert) => (
            <p key={alert.alert_id} class="station-alert" dir="auto">
              <AlertText alert={alert} />
            </p>
          ))}
          {system !== null && <StationDay key={`${system} ${id}`} system={system} station={station} />}
          <LastChanges station={station} />
        </>
      )}
    </aside>
  );
}

function missingNote(): string {
  if (!isWorld.value) return state.loaded.value ? 'This system does not have this station.' : 'Loading …';
  return placeStations.value === null || placeStations.value.limit_reached
    ? 'Loading …'
    : 'This station is not in view.';
}

/** On the map of all systems: the station's operator, and whether its values are current. */
function OfOperator({ system }: { system: string }) {
  const known = state.panelSystem.value;
  const isLate = placedStation.value?.overdue === true;
  return (
    <div class="of-operator" data-testid="operator">
      <p>
        <bdi>{systemName(known ?? { system_id: system, name: null })}</bdi>{' '}
        <button
          type="button"
          class="text-button"
          onClick={() => changeUrl({ system, of: null, operators: [], camera: null })}
        >
          Open
        </button>
      </p>
      {isLate && (
        <p class="late-note">
          This system is late: these are the station's last known values, not the present.
        </p>
      )}
    </div>
  );
}

function Offer({ station }: { station: Station }) {
  const { num_bikes_available: bikes, num_docks_available: docks, capacity } = station;
  const since = secondsSince(station.state_since, knownUntilMs());
  const disabled = (station.num_bikes_disabled ?? 0) + (station.num_docks_disabled ?? 0);
  return (
    <section class="offer" aria-label="Offer">
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
          <div title="How many of the bikes are electric">
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

/** A station of a late system on the map of all systems is known as far as it was observed. */
function knownUntilMs(): number {
  const placed = isWorld.value ? placedStation.value : null;
  return placed?.overdue ? Date.parse(placed.observed_at) : state.knownUntilMs.value;
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
              {state.clock.value.recent(new Date(change.observed_at))}
            </time>
            <span>
              {change.bikes_delta
                ? `${formatDelta(change.bikes_delta)} ${nounOf(change.bikes_delta, 'bike')}`
                : `${formatDelta(change.docks_delta)} ${nounOf(change.docks_delta, 'dock')}`}
            </span>
            <span class="muted">
              {plural(change.num_bikes_available, 'bike')}, {plural(change.num_docks_available, 'dock')}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
