import { batch } from '@preact/signals';
import type { Change } from '../../src/api/change.ts';
import type { HealthEvent, StationsEvent } from '../../src/api/events.ts';
import type { Stations } from '../../src/api/station.ts';
import type { SystemDetail } from '../../src/api/system.ts';
import { ApiProblem, getChanges, getStations, getSystem, serverNowMs } from '../data/api-client.ts';
import { pause } from '../data/pause.ts';
import { followEvents } from '../data/shared-stream.ts';
import { untilShown, whileShown } from '../data/shown.ts';
import { withMore } from '../model/latest-changes.ts';
import { RECENT_MS } from '../model/quiet-note.ts';
import { isSameStation, type Station } from '../model/station.ts';
import { followDocuments, followVehicles } from './follow-vehicles.ts';
import { keepNames } from './keep-names.ts';
import * as state from './page-state.ts';
import { forgetVehicles } from './vehicle-state.ts';

/**
 * Keeps the page's state in step with the system: a snapshot, then the events after it; again after any trouble, and
 * when the page becomes visible again. A hidden page follows nothing.
 */
export async function followSystem(system: string, signal: AbortSignal): Promise<void> {
  forgetSystem();
  void followDocuments(system, signal);
  for (let failures = 0; !signal.aborted; ) {
    await untilShown(signal);
    try {
      const snapshot = await getStations(system, signal);
      const detail = await getSystem(system, signal);
      batch(() => {
        takeSnapshot(snapshot);
        takeDetail(detail);
      });
      void showRecentChanges(system, signal);
      const shown = whileShown(signal);
      const opened = await followFrom(system, snapshot, shown);
      state.connected.value = false;
      failures = opened ? 0 : failures + 1;
      if (shown.aborted) continue;
      // Other pages got the same at the same moment, so the wait varies.
      await pause(waitMs(null, failures), signal);
    } catch (error) {
      if (signal.aborted) return;
      state.trouble.value = troubleOf(error);
      state.connected.value = false;
      await pause(waitMs(error, failures++), signal);
    }
  }
}

/** Runs until the stream ends. */
async function followFrom(system: string, snapshot: Stations, signal: AbortSignal): Promise<boolean> {
  const refetch = async () => {
    const again = await getStations(system, signal);
    batch(() => takeSnapshot(again));
    return again.information_version;
  };
  const hearVersion = keepNames(snapshot.information_version, refetch, signal);
  const vehicles = followVehicles(system, signal);
  const handlers = {
    stations: takeEvent,
    vehicles: vehicles.takeEvent,
    health: (event: HealthEvent) => {
      takeHealth(event);
      vehicles.takeList(event.vehicles);
      hearVersion(event.information_version);
    },
    connection: (open: boolean) => {
      state.connected.value = open;
    },
  };
  return followEvents(system, snapshot.cursor, handlers, signal);
}

function takeDetail({ feeds, ...detail }: SystemDetail): void {
  state.feeds.value = feeds;
  state.systems.value = (state.systems.peek() ?? []).map((one) =>
    one.system_id === detail.system_id ? detail : one,
  );
}

/** The time of the newest values that the page has; the stream may still send older ones. */
let snapshotMs = 0;

/** Nothing known about one system applies to the next. */
export function forgetSystem(): void {
  batch(() => {
    state.stations.value = new Map();
    state.observedAt.value = null;
    state.feeds.value = [];
    state.changes.value = [];
    state.loaded.value = false;
    state.connected.value = false;
    state.trouble.value = null;
    forgetVehicles();
  });
}

function takeSnapshot(snapshot: Stations): void {
  snapshotMs = Number(snapshot.cursor);
  // An unchanged station stays the same object, so that what depends on it need not be drawn again.
  const before = state.stations.peek();
  const kept = (station: Station) => {
    const known = before.get(station.station_id);
    return known !== undefined && isSameStation(known, station) ? known : station;
  };
  state.stations.value = new Map(snapshot.stations.map((station) => [station.station_id, kept(station)]));
  state.observedAt.value = snapshot.observed_at;
  state.loaded.value = true;
  state.trouble.value = null;
  state.nowMs.value = serverNowMs();
}

function takeEvent(event: StationsEvent): void {
  batch(() => {
    const changed = Number(event.cursor) < snapshotMs ? [] : event.stations.filter(isNews);
    if (changed.length > 0) {
      const stations = new Map(state.stations.peek());
      for (const station of changed) stations.set(station.station_id, station);
      state.stations.value = stations;
    }
    addChanges(event.changes);
    if (event.observed_at !== null) state.observedAt.value = event.observed_at;
    state.nowMs.value = serverNowMs();
  });
}

/** An unchanged station stays the same object, so that nothing that shows it is drawn or fetched again. */
function isNews(station: Station): boolean {
  const known = state.stations.peek().get(station.station_id);
  return known === undefined || !isSameStation(known, station);
}

function takeHealth(event: HealthEvent): void {
  batch(() => {
    state.feeds.value = event.feeds;
    if (event.observed_at !== null) state.observedAt.value = event.observed_at;
    state.trouble.value =
      event.database === 'ok' ? null : { kind: 'database', detail: 'The database does not answer.' };
    state.nowMs.value = serverNowMs();
  });
}

function addChanges(more: readonly Change[]): void {
  state.changes.value = withMore(state.changes.peek(), more);
}

/** Shows what happened just before the page was opened; without it a quiet system looks like a broken page. */
async function showRecentChanges(system: string, signal: AbortSignal): Promise<void> {
  try {
    const from = new Date(serverNowMs() - RECENT_MS);
    const { changes } = await getChanges(system, from, 1000, signal);
    addChanges(changes);
  } catch {
    // The ticker then begins with the next change; the snapshot and the stream supply everything else.
  }
}

export function troubleOf(error: unknown): state.Trouble {
  if (!(error instanceof ApiProblem)) return { kind: 'server', detail: 'The server cannot be reached.' };
  return { kind: error.status === 503 ? 'database' : 'refused', detail: error.message };
}

/** Half a second to 15 s, or the time that the server asks for. */
function waitMs(error: unknown, failures: number): number {
  if (error instanceof ApiProblem && error.retryAfterSeconds !== null) {
    return Math.min(30, error.retryAfterSeconds) * 1000;
  }
  return Math.min(15_000, 500 * 2 ** failures) * (0.75 + Math.random() / 2);
}
