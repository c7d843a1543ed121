import { formatDuration } from '../model/format.ts';
import * as state from '../state/page-state.ts';

type Message = { level: 'warning' | 'error'; title: string; text: string };

/** Says what is wrong and what the page does about it; nothing when nothing is. */
export function Banner() {
  const message = messageOf();
  return (
    <div class="banner-place" role="status">
      {message !== null && (
        <div class={`banner banner-${message.level}`} data-testid="banner">
          <strong>{message.title}</strong> <span>{message.text}</span>
        </div>
      )}
    </div>
  );
}

function messageOf(): Message | null {
  const trouble = state.trouble.value;
  const shown = shownFrom();
  if (trouble?.kind === 'database') {
    return {
      level: 'error',
      title: 'The database does not answer.',
      text: `${shown} This page goes on by itself once it is back.`,
    };
  }
  if (trouble?.kind === 'server') {
    return { level: 'error', title: 'No connection to the server.', text: `${shown} Trying again.` };
  }
  if (trouble?.kind === 'refused')
    return { level: 'error', title: 'This cannot be shown.', text: trouble.detail };
  return state.replaying.value ? null : latenessMessage();
}

function latenessMessage(): Message | null {
  const age = state.ageSeconds.value;
  const feed = state.statusFeed.value;
  if (age === null || (state.freshness.value !== 'late' && state.freshness.value !== 'stale')) return null;
  const usual = feed?.ttl_seconds
    ? `it is usually read every ${formatDuration(Math.max(10, feed.ttl_seconds))}`
    : '';
  const why = feed?.last_error ? `last error: ${feed.last_error.replaceAll('_', ' ')}` : '';
  const details = [usual, why].filter(Boolean).join('; ');
  const text = `The newest data is ${formatDuration(age)} old${details ? ` (${details})` : ''}.`;
  return state.freshness.value === 'late'
    ? { level: 'warning', title: 'The feed is late.', text }
    : { level: 'error', title: 'This data is old.', text: `${text} Stations are grey until there is news.` };
}

function shownFrom(): string {
  const observed = state.observedAt.value;
  return observed === null
    ? 'Nothing to show yet.'
    : `What you see is of ${state.clock.value.seconds(new Date(observed))}.`;
}
