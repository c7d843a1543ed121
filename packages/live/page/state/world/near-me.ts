import { signal } from '@preact/signals';
import type { NearestStations, NearestVehicles } from '../../../src/api/place.ts';
import { getNearestStations, getNearestVehicles } from '../../data/api-client.ts';
import { pause } from '../../data/pause.ts';
import { untilShown } from '../../data/shown.ts';
import { troubleOf } from '../follow-system.ts';
import { changeUrl } from '../url-signal.ts';
import * as world from './world-state.ts';

export type Near = {
  lat: number;
  lon: number;
  stations: NearestStations['stations'];
  vehicles: NearestVehicles['vehicles'];
};

const LISTED = 5;
const NEAR_ZOOM = 14;
const POSITION_MS = 20_000;
const AGAIN_MS = 15_000;

/** What is near the user, once they have asked for it. */
export const near = signal<Near | null>(null);
/** The progress or result of asking for the position. */
export const nearNote = signal<string | null>(null);

let asking = new AbortController();

/** Searches all countries and operators: the nearest bike may be across a border. */
export async function findNearMe(): Promise<void> {
  forgetNear();
  const { signal } = asking;
  nearNote.value = 'Finding your position …';
  try {
    const { coords } = await position();
    if (signal.aborted) return;
    // The URL of the map is accurate to about ten metres; a more exact position is not needed.
    const place = { lat: rounded(coords.latitude), lon: rounded(coords.longitude) };
    const camera = { ...place, zoom: NEAR_ZOOM };
    changeUrl({ camera, country: null, operators: [] });
    world.destination.value = camera;
    await follow(place, signal);
  } catch (error) {
    if (signal.aborted) return;
    nearNote.value = error instanceof GeolocationPositionError ? refusal(error) : troubleOf(error).detail;
  }
}

export function forgetNear(): void {
  asking.abort();
  asking = new AbortController();
  near.value = null;
  nearNote.value = null;
}

/** Keeps the list current while it is shown. */
async function follow(place: Pick<Near, 'lat' | 'lon'>, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await ask(place, signal);
    } catch (error) {
      if (!signal.aborted) nearNote.value = troubleOf(error).detail;
    }
    do {
      await pause(AGAIN_MS, signal);
      await untilShown(signal);
    } while (!world.isWorld.peek() && !signal.aborted);
    if (signal.aborted) return;
  }
}

async function ask(place: Pick<Near, 'lat' | 'lon'>, signal: AbortSignal): Promise<void> {
  const [{ stations }, { vehicles }] = await Promise.all([
    getNearestStations(place, LISTED, signal),
    getNearestVehicles(place, LISTED, signal),
  ]);
  if (signal.aborted) return;
  near.value = { ...place, stations, vehicles };
  nearNote.value =
    stations.length + vehicles.length === 0 ? 'No bike is known to be available within 50 km now.' : null;
}

function position(): Promise<GeolocationPosition> {
  return new Promise((resolve, reject) => {
    if (!('geolocation' in navigator)) return reject(new TypeError('no geolocation'));
    navigator.geolocation.getCurrentPosition(resolve, reject, { timeout: POSITION_MS, maximumAge: 60_000 });
  });
}

function refusal({ code, PERMISSION_DENIED }: GeolocationPositionError): string {
  return code === PERMISSION_DENIED
    ? 'The browser does not share your position with this page. Allow it, or search for a town.'
    : 'Your position is not known at the moment. Search for a town instead.';
}

function rounded(degrees: number): number {
  return Math.round(degrees * 10_000) / 10_000;
}
