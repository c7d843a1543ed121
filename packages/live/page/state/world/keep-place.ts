import { batch, effect } from '@preact/signals';
import type { PlacedStation, PlacedStations } from '../../../src/api/place.ts';
import { getPlacedStations, getPlacedVehicles, serverNowMs } from '../../data/api-client.ts';
import { pause } from '../../data/pause.ts';
import { untilShown } from '../../data/shown.ts';
import { isSameStation } from '../../model/station.ts';
import { placeKey } from '../../model/world/placed.ts';
import { troubleOf } from '../follow-system.ts';
import * as state from '../page-state.ts';
import * as world from './world-state.ts';

/**
 * Up to this number, stations and vehicles are drawn one by one; a denser place is shown as clusters until the user
 * zooms in.
 */
const STATIONS_MAX = 5_000;
const VEHICLES_MAX = 10_000;
/** A moving map makes no requests. */
const SETTLED_MS = 200;
/**
 * One request for any number of systems in view, instead of an event stream for each. Most answers are 304: nothing has
 * changed.
 */
const AGAIN_MS = 10_000;

/** Keeps the map of all systems current for the shown place. */
export function keepPlace(): void {
  effect(() => {
    const bbox = world.placeQuestion.value;
    if (bbox === null) return forget();
    const stop = new AbortController();
    void follow(bbox, stop.signal);
    return () => stop.abort();
  });
}

function forget(): void {
  batch(() => {
    world.placeStations.value = null;
    world.placeVehicles.value = null;
    world.placeTrouble.value = null;
  });
}

async function follow(bbox: string, signal: AbortSignal): Promise<void> {
  await pause(SETTLED_MS, signal);
  while (!signal.aborted) {
    await untilShown(signal);
    try {
      const [stations, vehicles] = await Promise.all([
        getPlacedStations(bbox, STATIONS_MAX, signal),
        getPlacedVehicles(bbox, VEHICLES_MAX, signal),
      ]);
      if (signal.aborted) return;
      batch(() => {
        world.placeStations.value = withKnown(stations);
        world.placeVehicles.value = vehicles;
        world.placeTrouble.value = null;
        state.nowMs.value = serverNowMs();
      });
    } catch (error) {
      if (signal.aborted) return;
      world.placeTrouble.value = troubleOf(error).detail;
    }
    await pause(AGAIN_MS, signal);
  }
}

/** An unchanged station stays the same object, and is not drawn again. */
function withKnown(answer: PlacedStations): PlacedStations {
  const known = new Map((world.placeStations.peek()?.stations ?? []).map((one) => [placeKey(one), one]));
  const kept = (station: PlacedStation) => {
    const before = known.get(placeKey(station));
    return before !== undefined && isSameStation(before, station) ? before : station;
  };
  return { ...answer, stations: answer.stations.map(kept) };
}
