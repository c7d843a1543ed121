import { batch } from '@preact/signals';
import type { VehiclesEvent } from '../../src/api/events.ts';
import type { VehicleList } from '../../src/api/vehicle.ts';
import { getAlerts, getDocuments, getVehicles, getZones } from '../data/api-client.ts';
import { pause } from '../data/pause.ts';
import { applyEvent } from '../model/vehicle/vehicle-event.ts';
import { waitMs } from './keep-names.ts';
import { urlState } from './url-signal.ts';
import * as state from './vehicle-state.ts';

const DOCUMENTS_MS = 5 * 60_000;

export type VehicleFollower = {
  takeEvent: (event: VehiclesEvent) => void;
  /** The newest list according to `health`. */
  takeList: (list: VehicleList | null) => void;
};

/**
 * Keeps the list of vehicles in step with the API. Events lead on from the page's version. If one does not fit, the
 * whole list is fetched: the first time at once, then less and less often while that does not help.
 */
export function followVehicles(system: string, signal: AbortSignal): VehicleFollower {
  let wanted: VehicleList | null = null;
  let tries = 0;
  let timer: ReturnType<typeof setTimeout> | null = null;
  signal.addEventListener('abort', () => clearTimeout(timer ?? undefined), { once: true });

  const fetchNow = async () => {
    try {
      const { vehicles, version, observed_at } = await getVehicles(system, signal);
      if (signal.aborted || wanted === null) return;
      hold({ ...wanted, version, observed_at }, vehicles);
    } catch {
      // The next event triggers another request, after a longer wait.
    } finally {
      timer = null;
    }
  };
  const fetchSoon = () => {
    if (timer !== null || signal.aborted) return;
    const isFirst = state.vehicles.peek() === null && tries === 0;
    timer = setTimeout(fetchNow, isFirst ? 0 : waitMs(tries, Math.random));
    tries++;
  };
  return {
    takeEvent: (event) => {
      const held = state.vehicleList.peek();
      if (held?.version === event.version) return;
      const fits = held?.version === event.from_version && !event.omitted;
      const next = fits ? applyEvent(state.vehicles.peek() ?? [], event) : null;
      if (held === null || next === null) return fetchSoon();
      tries = 0;
      hold({ ...held, version: event.version, observed_at: event.observed_at }, next);
    },
    takeList: (list) => {
      wanted = list;
      if (list === null) state.forgetList();
      else if (state.vehicleList.peek()?.version !== list.version) fetchSoon();
      else tries = 0;
    },
  };
}

function hold(list: VehicleList, vehicles: NonNullable<typeof state.vehicles.value>): void {
  batch(() => {
    state.vehicleList.value = list;
    state.vehicles.value = vehicles;
  });
}

/** The operator's announcements, and whether there are zones. Both change rarely. */
export async function followDocuments(system: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const [{ alerts, overdue, observed_at }, { documents }] = await Promise.all([
        getAlerts(system, signal),
        getDocuments(system, signal),
      ]);
      batch(() => {
        state.alerts.value = alerts;
        state.alertsLateSince.value = overdue ? observed_at : null;
        state.hasZones.value = documents.some(
          ({ feed, entries }) => feed === 'geofencing_zones' && entries > 0,
        );
      });
      if (state.hasZones.peek() && urlState.peek().layers.includes('zones')) await showZones(system, signal);
    } catch {
      // They are optional: everything else works without them, and the next round asks again.
    }
    await pause(DOCUMENTS_MS, signal);
  }
}

/** Fetches the zones when the user wants to see them: they may be a megabyte. */
export async function showZones(system: string, signal: AbortSignal): Promise<void> {
  if (state.zones.peek() !== null) return;
  const zones = await getZones(system, signal);
  if (!signal.aborted) state.zones.value = zones;
}
