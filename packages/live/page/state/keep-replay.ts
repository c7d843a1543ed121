import { batch, computed, effect, signal } from '@preact/signals';
import { ApiProblem, getReplay } from '../data/api-client.ts';
import { covers, windowFor } from '../model/replay.ts';
import * as state from './page-state.ts';
import { urlState } from './url-signal.ts';

const HOUR_MS = 3_600_000;
const SHORTEST_MS = 10 * 60_000;
const REFETCH_MS = 5 * 60_000;
const RETRY_MS = 5000;
/** A day of more stations is megabytes, so it is fetched only on request. */
const UNASKED_STATIONS_MAX = 3000;

const asked = signal(false);
/** Increases when the user wants a moment outside the fetched window. */
const moved = signal(0);
const system = computed(() => urlState.value.system);
const hours = computed(() => urlState.value.hours);
/** Whether the user must ask first: the system is large and the slider was not touched. */
export const replayWaits = computed(
  () => state.stations.value.size > UNASKED_STATIONS_MAX && !asked.value && !state.replaying.value,
);

/**
 * Fetches the slider's window when the page has loaded everything else, and again every few minutes while it is live.
 */
export function keepReplay(): void {
  effect(() => {
    const { at } = urlState.value;
    const replay = state.replay.peek();
    if (
      replay === null ||
      (at === null ? state.replayEndsNow.peek() : covers(replay, at) || at > state.lastMs())
    )
      return;
    moved.value = moved.peek() + 1;
  });
  effect(() => {
    void moved.value;
    state.replay.value = null;
    if (!state.loaded.value || system.value === null || replayWaits.value) return;
    const window = new AbortController();
    const [of, length] = [system.value, hours.value];
    let timer: ReturnType<typeof setTimeout>;
    const fetchNow = async () => {
      if (!document.hidden) await fetchReplay(of, length, window.signal);
      if (window.signal.aborted) return;
      timer = setTimeout(fetchNow, state.replay.peek() === null ? RETRY_MS : REFETCH_MS);
    };
    timer = setTimeout(fetchNow, state.replaying.peek() || asked.peek() ? 0 : 500);
    return () => {
      clearTimeout(timer);
      window.abort();
    };
  });
}

/** The user touched the slider. */
export function askForReplay(): void {
  asked.value = true;
}

async function fetchReplay(system: string, hours: number, signal: AbortSignal): Promise<void> {
  // The window must not move while the user drags the slider.
  if (urlState.peek().at !== null && state.replay.peek() !== null) return;
  const first = state.system.peek()?.first_observed_at;
  // An archive of a single poll has no length.
  const latestBegin = state.archiveEndMs.peek() === null ? Infinity : state.lastMs() - SHORTEST_MS;
  const { fromMs, toMs, endsNow } = windowFor(urlState.peek().at, {
    nowMs: state.lastMs(),
    lengthMs: hours * HOUR_MS,
    firstMs: Math.min(first ? Date.parse(first) : 0, latestBegin),
  });
  try {
    const replay = await getReplay(system, new Date(fromMs), new Date(toMs), signal);
    batch(() => {
      state.replay.value = replay;
      state.replayEndsNow.value = endsNow;
      state.replayTrouble.value = null;
    });
  } catch (error) {
    if (signal.aborted) return;
    state.replayTrouble.value =
      error instanceof ApiProblem ? error.message : 'The history could not be loaded.';
  }
}
