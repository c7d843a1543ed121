import { signal } from '@preact/signals';
import { formatUrlState, parseUrlState, type UrlState } from '../model/url-state.ts';

/** The page's address, as a value; whoever changes it changes the address. */
export const urlState = signal<UrlState>(parseUrlState(location.search));

/** What a person calls "back" leads to: another system, station or view; the rest is adjusted in place. */
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
  // Browsers refuse more than some 100 changes in 30 s; a slider makes that in two.
  writeTimer = setTimeout(() => history.replaceState(null, '', addressOf(urlState.peek())), 300);
}

/** The only system there is: nobody chose it, and nothing lies behind it. */
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
