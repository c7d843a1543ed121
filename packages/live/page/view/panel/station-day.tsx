import { computed, effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { History } from '../../../src/api/history.ts';
import { ApiProblem, getHistory } from '../../data/api-client.ts';
import { untilShown } from '../../data/shown.ts';
import { withoutEarlyProfile } from '../../model/history/early-profile.ts';
import type { Station } from '../../model/station.ts';
import * as state from '../../state/page-state.ts';
import { selectedStation as placedStation } from '../../state/world/world-state.ts';
import { HistoryChart } from './history-chart.tsx';

const DAY_MS = 86_400_000;
const SHORTEST_MS = 10 * 60_000;
/** The day of a station that changes at each poll need not be fetched each time. */
const REFETCH_MIN_MS = 5000;
const REFETCH_MAX_MS = 60_000;

const history = signal<History | null>(null);
const problem = signal<string | null>(null);

/** The last day of a station. */
export function StationDay({ system, station }: { system: string; station: Station }) {
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

/** Fetches the station's day, and again when the station changes and each minute. @returns a function that ends it */
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
      history.value = withoutEarlyProfile(
        await getHistory(system, station, from, to, stop.signal),
        state.panelSystem.peek()?.first_observed_at ?? null,
      );
      problem.value = null;
    } catch (error) {
      if (stop.signal.aborted) return;
      problem.value = error instanceof ApiProblem ? error.message : 'The history could not be loaded.';
      again(REFETCH_MIN_MS);
    }
  };
  const again = (afterMs: number) => {
    clearTimeout(timer);
    timer = setTimeout(fetchNow, afterMs);
  };
  // Watches only this station: others change all the time.
  const own = computed(() => state.stations.value.get(station) ?? placedStation.value);
  const stopWatching = effect(() => {
    // Read only to subscribe to its changes: the fetched history contains the value.
    void own.value;
    again(Math.max(0, fetchedAtMs + REFETCH_MIN_MS - Date.now()));
  });
  return () => {
    stopWatching();
    clearTimeout(timer);
    stop.abort();
  };
}

/**
 * The last day, of an archive its own, or less for a system that has been recorded for less, because the chart would otherwise be one large
 * gap.
 */
function windowNow(): [from: Date, to: Date] {
  const to = state.lastMs();
  const first = Date.parse(state.panelSystem.peek()?.first_observed_at ?? '');
  const sinceMs = Number.isNaN(first) ? DAY_MS : Math.max(SHORTEST_MS, to - first);
  return [new Date(to - Math.min(DAY_MS, sinceMs)), new Date(to)];
}
