import { computed, signal } from '@preact/signals';
import type { Alert } from '../../src/api/document.ts';
import { plural } from '../model/format.ts';
import { nameOf } from '../model/station.ts';
import { holdingAt, keyOf } from '../model/vehicle/alert.ts';
import * as state from '../state/page-state.ts';
import { changeUrl, urlState } from '../state/url-signal.ts';
import { alerts, alertsLateSince } from '../state/vehicle-state.ts';

const KEPT_AS = 'velolog-closed-alerts';
const KEPT_MAX = 200;
/** More than these would cover the map. */
const IN_FULL_MAX = 2;

const closed = signal<ReadonlySet<string>>(new Set(readClosed()));
const holding = computed(() => (state.replaying.value ? [] : holdingAt(alerts.value, state.nowMs.value)));
const shown = computed(() => holding.value.filter((alert) => !closed.value.has(keyHere(alert))));

function keyHere(alert: Alert): string {
  return keyOf(urlState.value.system ?? '', alert);
}

/** The operator's announcements about a station. */
export function alertsOfStation(stationId: string): Alert[] {
  return holding.value.filter(({ station_ids }) => station_ids?.includes(stationId));
}

/**
 * The operator's current announcements until the user closes them: those about the whole system in full, those about stations in one line
 * that opens.
 */
export function AlertNotice() {
  const all = shown.value;
  if (all.length === 0) return null;
  const ofSystem = all.filter(({ station_ids }) => station_ids === null || station_ids.length === 0);
  const ofStations = all.filter((alert) => !ofSystem.includes(alert));
  return (
    <section class="alerts" aria-label="Announcements of the operator" data-testid="alerts">
      <div class="alerts-body">
        {alertsLateSince.value !== null && (
          <p class="muted">
            As of {state.clock.value.day(new Date(alertsLateSince.value))}. The feed of announcements is late,
            so they may have changed.
          </p>
        )}
        {ofSystem.slice(0, IN_FULL_MAX).map((alert) => (
          <p key={keyHere(alert)} dir="auto">
            <AlertText alert={alert} />
          </p>
        ))}
        {ofSystem.length > IN_FULL_MAX && (
          <details>
            <summary>{plural(ofSystem.length - IN_FULL_MAX, 'more announcement')}</summary>
            <ul>
              {ofSystem.slice(IN_FULL_MAX).map((alert) => (
                <li key={keyHere(alert)} dir="auto">
                  <AlertText alert={alert} />
                </li>
              ))}
            </ul>
          </details>
        )}
        {ofStations.length > 0 && (
          <details>
            <summary>
              The operator has an announcement about {plural(countStations(ofStations), 'station')}
            </summary>
            <ul>
              {ofStations.map((alert) => (
                <li key={keyHere(alert)} dir="auto">
                  <AlertText alert={alert} /> <StationLinks ids={alert.station_ids ?? []} />
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
      <button
        type="button"
        class="icon-button"
        aria-label="Close the announcements"
        onClick={() => {
          close(all);
          // The button disappears, so the focus moves to the next element.
          document.querySelector<HTMLElement>('.search input')?.focus();
        }}
      >
        <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
          <path d="M4.5 4.5l11 11M15.5 4.5l-11 11" />
        </svg>
      </button>
    </section>
  );
}

export function AlertText({ alert: { summary, description, url } }: { alert: Alert }) {
  const title = summary ?? description ?? 'Announcement';
  return (
    <>
      <strong>{title}</strong>
      {description !== null && description !== title && ` ${description}`}{' '}
      {url !== null && (
        <a href={url} rel="noreferrer">
          more
        </a>
      )}
    </>
  );
}

const LINKS_MAX = 5;

function StationLinks({ ids }: { ids: readonly string[] }) {
  return (
    <>
      {ids.slice(0, LINKS_MAX).map((station_id) => (
        <button
          key={station_id}
          type="button"
          class="text-button"
          onClick={() => changeUrl({ station: station_id })}
        >
          <bdi>{nameOf(state.stations.value.get(station_id) ?? { station_id, name: null })}</bdi>
        </button>
      ))}
      {ids.length > LINKS_MAX && <span>and {ids.length - LINKS_MAX} more</span>}
    </>
  );
}

function countStations(alerts: readonly Alert[]): number {
  return new Set(alerts.flatMap(({ station_ids }) => station_ids ?? [])).size;
}

/** The newest are remembered in this browser; storage may be forbidden. */
function close(alerts: readonly Alert[]): void {
  const keys = [...closed.peek(), ...alerts.map(keyHere)].slice(-KEPT_MAX);
  closed.value = new Set(keys);
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(keys));
  } catch {
    // They stay closed while the page is open.
  }
}

function readClosed(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT_AS) ?? '[]');
    return Array.isArray(kept) ? kept.map(String) : [];
  } catch {
    return [];
  }
}
