import type { State } from '../../home/state.ts';

/** Polls, without imported ones, that the store has committed since it started. Null when it does not answer. */
export async function livePolls({ workers }: Pick<State, 'workers'>): Promise<number | null> {
  const store = workers.find(({ name }) => name === 'store');
  if (store === undefined) return null;
  try {
    const answer = await fetch(new URL('/metrics', store.url), { signal: AbortSignal.timeout(3000) });
    const [, count] = LIVE_POLLS.exec(await answer.text()) ?? [];
    return count === undefined ? null : Number(count);
  } catch {
    return null;
  }
}

/** velolog_records_total would count imported history, too. */
const LIVE_POLLS = /^velolog_poll_to_row_seconds_count (\d+)$/m;

/** What has come since `before`. A store that was restarted counts from 0 again. */
export function pollsSince(before: number | null, now: number | null): number | null {
  if (before === null || now === null) return null;
  return now < before ? now : now - before;
}
