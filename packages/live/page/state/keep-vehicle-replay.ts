import { effect } from '@preact/signals';
import { getVehicleReplay } from '../data/api-client.ts';
import * as state from './page-state.ts';
import { urlState } from './url-signal.ts';
import { vehicleReplay, vehicles } from './vehicle-state.ts';

/** A day of more vehicles is megabytes, so it is fetched only for a replay. */
const UNASKED_VEHICLES_MAX = 3000;

/** Fetches the vehicles of the slider's window. */
export function keepVehicleReplay(): void {
  effect(() => {
    const { system } = urlState.value;
    const replay = state.replay.value;
    const count = vehicles.value?.length;
    if (system === null || replay === null) {
      vehicleReplay.value = null;
      return;
    }
    if (count === undefined || (count > UNASKED_VEHICLES_MAX && !state.replaying.value)) return;
    const { from, to } = replay;
    const held = vehicleReplay.peek();
    if (held?.from === from && held.to === to) return;
    void fetchWindow(system, from, to);
  });
}

let fetching = '';

/** Fetches each window once, whatever else triggers the effect. */
async function fetchWindow(system: string, from: string, to: string): Promise<void> {
  const window = `${system} ${from} ${to}`;
  if (fetching === window) return;
  fetching = window;
  try {
    const found = await getVehicleReplay(system, from, to, new AbortController().signal);
    // The user may have moved to another window or system.
    const wanted = state.replay.peek();
    if (fetching === window && urlState.peek().system === system && wanted?.from === from)
      vehicleReplay.value = found;
  } catch {
    // The next window triggers another request; until then the page says that the past vehicles are missing.
    if (fetching === window) fetching = '';
  }
}
