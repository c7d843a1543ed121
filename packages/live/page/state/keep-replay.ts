import { computed, effect, signal } from '@preact/signals';
import { ApiProblem, getReplay, serverNowMs } from '../data/api-client.ts';
import * as state from './page-state.ts';
import { urlState } from './url-signal.ts';

const HOUR_MS = 3_600_000;
const REFETCH_MS = 5 * 60_000;
const RETRY_MS = 5000;
/** A day of more stations is megabytes: it is fetched when somebody asks for it. */
const UNASKED_STATIONS_MAX = 3000;

const asked = signal(false);
const system = computed(() => urlState.value.system);
const hours = computed(() => urlState.value.hours);
/** Whether somebody has to ask first: the system is large and nobody has touched the slider. */
export const replayWaits = computed(
  () => state.stations.value.size > UNASKED_STATIONS_MAX && !asked.value && !state.replaying.value,
);

/** Fetches the window the slider moves in, when the page is otherwise done; again every few minutes while it is live. */
export function keepReplay(): void {
  effect(() => {
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

/** Somebody touched the slider. */
export function askForReplay(): void {
  asked.value = true;
}

async function fetchReplay(system: string, hours: number, signal: AbortSignal): Promise<void> {
  // Under somebody's finger the window must not move.
  if (urlState.peek().at !== null && state.replay.peek() !== null) return;
  const to = new Date(serverNowMs());
  try {
    const first = state.system.peek()?.first_observed_at;
    const fromMs = Math.max(to.getTime() - hours * HOUR_MS, first ? Date.parse(first) : 0);
    state.replay.value = await getReplay(system, new Date(fromMs), to, signal);
    state.replayTrouble.value = null;
  } catch (error) {
    if (signal.aborted) return;
    state.replayTrouble.value =
      error instanceof ApiProblem ? error.message : 'The history could not be fetched.';
  }
}
