import { effect } from '@preact/signals';
import { ApiProblem, getReplay, serverNowMs } from '../data/api-client.ts';
import * as state from './page-state.ts';
import { urlState } from './url-signal.ts';

const HOUR_MS = 3_600_000;
const REFETCH_MS = 5 * 60_000;
/** A day of more stations is megabytes: it is fetched when somebody asks for it. */
const UNASKED_STATIONS_MAX = 3000;

let asked = false;

/** Fetches the window the slider moves in, when the page is otherwise done; again every few minutes while it is live. */
export function keepReplay(signal: AbortSignal): void {
  let timer: ReturnType<typeof setTimeout>;
  let window = new AbortController();
  effect(() => {
    const { system, hours } = urlState.value;
    const wanted = state.loaded.value && system !== null;
    window.abort();
    window = new AbortController();
    clearTimeout(timer);
    state.replay.value = null;
    if (!wanted || signal.aborted) return;
    const { signal: ended } = window;
    const fetchNow = async () => {
      const big = state.stations.peek().size > UNASKED_STATIONS_MAX;
      if (!(big && !asked) && !document.hidden) await fetchReplay(system, hours, ended);
      if (!ended.aborted) timer = setTimeout(fetchNow, state.replay.peek() === null ? 5000 : REFETCH_MS);
    };
    timer = setTimeout(fetchNow, urlState.peek().at === null ? 500 : 0);
  });
}

/** Somebody touched the slider. */
export function askForReplay(): void {
  asked = true;
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
