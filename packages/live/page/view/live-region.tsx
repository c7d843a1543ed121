import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { formatCount, plural } from '../model/format.ts';
import * as state from '../state/page-state.ts';

/** A screen reader that speaks at each change of a thousand stations helps nobody. */
const EVERY_MS = 30_000;
const said = signal('');

/** One sentence about the system, spoken at most twice a minute and only when it has changed. */
export function LiveRegion() {
  useEffect(() => {
    const timer = setInterval(() => {
      said.value = summary() ?? said.value;
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <p class="visually-hidden" aria-live="polite" data-testid="live-region">
      {said.value}
    </p>
  );
}

function summary(): string | null {
  if (!state.loaded.peek() || state.replaying.peek()) return null;
  const totals = state.totals.peek();
  if (totals === null || totals.empty === null) return null;
  const { bikes, empty, full } = totals;
  return `${formatCount(bikes)} bikes at stations, ${plural(empty, 'station')} empty, ${formatCount(full)} full.`;
}
