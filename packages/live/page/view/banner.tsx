import { serverNowMs } from '../data/api-client.ts';
import { lastErrorOf } from '../model/freshness.ts';
import * as state from '../state/page-state.ts';
import { urlState } from '../state/url-signal.ts';
import { isWorld } from '../state/world/world-state.ts';

type Message = { level: 'note' | 'warning' | 'error'; title: string; text: string; leadsHome?: boolean };

/**
 * Says what is wrong and what the page does about it; empty when nothing is wrong. Its texts do not count seconds,
 * because a screen reader speaks each change here.
 */
export function Banner() {
  const message = messageOf();
  return (
    <div class="banner-place" role="status">
      {message !== null && (
        <div class={`banner banner-${message.level}`} data-testid="banner">
          <strong>{message.title}</strong> <span>{message.text}</span>
          {message.leadsHome && <a href="/">Show the recorded systems</a>}
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
      text: `${shown} This page continues by itself once the database is back.`,
    };
  }
  if (trouble?.kind === 'server') {
    return { level: 'error', title: 'No connection to the server.', text: `${shown} Trying again.` };
  }
  if (trouble?.kind === 'refused') return refusedMessage(trouble.detail);
  if (isWorld.value) return null;
  return state.replaying.value ? unobservedMessage() : latenessMessage();
}

function refusedMessage(detail: string): Message {
  const { system } = urlState.value;
  const isUnknown = system !== null && state.systems.value !== null && state.system.value === null;
  if (!isUnknown) return { level: 'error', title: 'This cannot be shown.', text: detail, leadsHome: true };
  return {
    level: 'error',
    title: `No system “${system}” is recorded.`,
    text: 'The link may be wrong, or the system was removed.',
    leadsHome: true,
  };
}

function unobservedMessage(): Message | null {
  const unobserved = state.unobserved.value;
  if (unobserved === null) return null;
  const { day } = state.clock.value;
  const { atMs, gap } = unobserved;
  const first = state.system.value?.first_observed_at;
  const note = (title: string, text: string): Message => ({ level: 'note', title, text });
  if (atMs > serverNowMs()) return note('This time has not come yet.', '');
  if (first && atMs < Date.parse(first))
    return note('Not observed.', `Recording began on ${day(new Date(first))}.`);
  const text =
    gap && `There is no observation from ${day(new Date(gap.from_at))} to ${day(new Date(gap.to_at))}.`;
  return note('Not observed.', text ?? 'There is no observation at this time.');
}

function latenessMessage(): Message | null {
  const feed = state.statusFeed.value;
  if (feed === null) return null;
  const lastError = lastErrorOf(feed, state.clock.value.day);
  const error = lastError === null ? '' : ` Last error: ${lastError}.`;
  const from =
    feed.data_at === null ? '' : `The data is from ${state.clock.value.day(new Date(feed.data_at))}.`;
  switch (state.freshness.value) {
    case 'failing':
      return { level: 'warning', title: 'The last polls of the feed failed.', text: `${from}${error}` };
    case 'overdue':
      return {
        level: 'error',
        title: 'This data is old.',
        text: `${from}${error} Stations stay grey until new data arrives.`,
      };
    case 'archive':
      return {
        level: 'note',
        title: 'This is an archive.',
        text: 'Its history was imported, and it is not polled: the map shows its last recorded state, not the present.',
      };
    default:
      return null;
  }
}

function shownFrom(): string {
  const observed = state.observedAt.value;
  return observed === null
    ? 'Nothing to show yet.'
    : `You see data from ${state.clock.value.recent(new Date(observed))}.`;
}
