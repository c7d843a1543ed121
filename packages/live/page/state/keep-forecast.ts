import { computed, effect, signal } from '@preact/signals';
import type { StationForecast } from '../../src/api/forecast.ts';
import { getForecast } from '../data/api-client.ts';
import { pause } from '../data/pause.ts';
import { untilShown } from '../data/shown.ts';
import * as state from './page-state.ts';
import { urlState } from './url-signal.ts';

const REFETCH_MS = 30_000;

/** The shown minutes ahead; a replayed moment and an archive have no forecast. */
export const aheadMinutes = computed(() =>
  state.replaying.value || state.archiveEndMs.value !== null ? null : urlState.value.ahead,
);
export const forecasts = signal<ReadonlyMap<string, StationForecast> | null>(null);
/** Null shows the present. While a forecast is being fetched, every chance is unknown. */
export const chances = computed(() => {
  if (aheadMinutes.value === null) return null;
  return new Map([...(forecasts.value ?? [])].map(([station, { p_bike }]) => [station, p_bike]));
});

const system = computed(() => urlState.value.system);

/** Fetches the forecasts of all stations while they are shown. */
export function keepForecasts(): void {
  effect(() => {
    const stop = new AbortController();
    forecasts.value = null;
    if (system.value !== null && aheadMinutes.value !== null)
      void fetchForever(system.value, aheadMinutes.value, stop.signal);
    return () => stop.abort();
  });
}

async function fetchForever(system: string, minutes: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await untilShown(signal);
    if (signal.aborted) return;
    const told = await getForecast(system, null, minutes, signal).catch(() => null);
    if (signal.aborted) return;
    // If the forecast is not available, nothing is shown: an old forecast is worthless.
    forecasts.value = told && new Map(told.stations.map((station) => [station.station_id, station]));
    await pause(REFETCH_MS, signal);
  }
}
