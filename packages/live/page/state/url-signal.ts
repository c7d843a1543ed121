import { signal } from '@preact/signals';
import { formatUrlState, parseUrlState, type UrlState } from '../model/url-state.ts';

/** The page's URL as a value; changing it changes the URL. */
export const urlState = signal<UrlState>(parseUrlState(location.search));

/**
 * Changes that get an entry in the browser's history, so that "back" undoes them: another system, station or view.
 * Other changes replace the entry.
 */
const STEPS: readonly (keyof UrlState)[] = ['system', 'station', 'of', 'country', 'view'];

let writeTimer: ReturnType<typeof setTimeout> | undefined;

export function changeUrl(change: Partial<UrlState>): void {
  const before = urlState.peek();
  const after = { ...before, ...change };
  urlState.value = after;
  const isStep = STEPS.some((key) => after[key] !== before[key]);
  clearTimeout(writeTimer);
  if (isStep) {
    history.pushState(null, '', addressOf(after));
    return;
  }
  // Browsers refuse more than about 100 changes in 30 s; a slider makes that many in two.
  writeTimer = setTimeout(() => history.replaceState(null, '', addressOf(urlState.peek())), 300);
}

/** The only recorded system: the user did not choose it, so "back" leads to nothing before it. */
export function beginWith(system: string): void {
  urlState.value = { ...urlState.peek(), system };
  history.replaceState(null, '', addressOf(urlState.peek()));
}

export function followHistory(): void {
  addEventListener('popstate', () => {
    clearTimeout(writeTimer);
    urlState.value = parseUrlState(location.search);
  });
}

function addressOf(state: UrlState): string {
  return `${location.pathname}${formatUrlState(state)}`;
}
