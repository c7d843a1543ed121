import { type Feed, labelsOf } from '../fetch/feed.ts';
import type { FinishedPoll } from '../fetch/poll-feed.ts';
import type { Log } from '../log.ts';

/** Logs what a poll has changed: a feed fails, is back, or its discovery lists nothing to record. */
export function tellOfPoll(
  log: Log,
  feed: Feed,
  { problem, discovered }: FinishedPoll,
  failuresBefore: number,
): void {
  if (problem === null && failuresBefore > 0)
    log.info({ event: 'feed_back', ...labelsOf(feed), failures: failuresBefore });
  if (problem !== null && failuresBefore === 0)
    log.warn({ event: 'feed_failing', ...labelsOf(feed), reason: problem });
  if (discovered === null) return;
  const { feeds, settings } = feed.system;
  if (feeds.size === 0) log.warn({ event: 'nothing_to_record', ...labelsOf(feed), wanted: settings.feeds });
  log.debug({ event: 'discovered', ...labelsOf(feed), feeds: feeds.size });
}
