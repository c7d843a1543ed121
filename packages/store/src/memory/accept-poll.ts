import { FEEDS, hasVehicleIds } from '@velolog/gbfs/feeds';
import type { NO_OBSERVATION } from '../codes.ts';
import type { DecodedPoll, PollContent } from '../decode/decode-poll.ts';
import type { AcceptedBody, CoverageOutcome, Lane } from './coverage.ts';
import { areIdsOver } from './vehicles/ids-kept.ts';

/** What a poll says about its time; `error` is a code of docs/codes.md if the poll was not a success. */
export type Verdict = { outcome: CoverageOutcome; error: string | null };

/** A code that the store itself gives to a poll. */
const said = (code: keyof typeof NO_OBSERVATION): string => code;

/** How long only older bodies must arrive until the publisher's new time is believed. */
const BELIEVED_AFTER_MS = 10 * 60_000;
/**
 * The 10 minutes start at the poll before the first older body, unless that was long ago: then nobody knows what would
 * have arrived in between.
 */
const BEFORE_FIRST_MS_MAX = 2 * 60_000;

/**
 * Decides what a poll says about its time, and remembers the body if it is accepted. Two kinds of polls look like
 * observations but are not:
 * - `unchanged_without_body`: "not modified", but not of the last accepted body. The body it means was refused, lost or
 *   not named; or it lists vehicles and is more than a day old, so that its ids are forgotten.
 * - `last_updated_backwards`: a body that is older, by its own last_updated, than the last accepted one. Servers behind
 *   a load balancer send such bodies when one of them lags. The next answer would undo its changes. In 115,000 recorded
 *   bodies last_updated never went backwards; a publisher that corrects its clock is believed once nothing else has
 *   arrived for 10 minutes.
 */
export function acceptPoll(lane: Lane, decoded: DecodedPoll): Verdict {
  const { poll, content, reason } = decoded;
  if (poll.outcome === 'failed') return { outcome: 'failed', error: poll.error ?? said('failed') };
  if (poll.outcome === 'unchanged') return acceptUnchanged(lane, decoded);
  if (content === null) return { outcome: 'undecodable', error: reason ?? said('undecodable') };
  const seconds = content.decoded?.last_updated ?? null;
  const body: AcceptedBody = {
    id: decoded.id,
    outcome: namesNothing(content) ? 'empty' : 'observed',
    last_updated: seconds === null ? null : Math.round(seconds * 1000),
  };
  if (isOlder(body, lane.body) && !isBelieved(lane, decoded.at)) {
    lane.older_since ??= Math.max(lane.to_at, decoded.at - BEFORE_FIRST_MS_MAX);
    return { outcome: 'failed', error: said('last_updated_backwards') };
  }
  lane.body = body;
  lane.older_since = null;
  return { outcome: body.outcome, error: null };
}

/**
 * Stations do not all disappear at once, so that an empty list of them is no observation. No vehicle may be parked; only a list of which no row can
 * be read is none, because its vehicles did not leave.
 */
function namesNothing({ feed, decoded }: PollContent): boolean {
  if (decoded === null || decoded.rows.length > 0 || feed === 'document') return false;
  if (feed === 'vehicle_status') return Object.keys(decoded.skipped).length > 0;
  return FEEDS[feed].emptyList === 'nothing_known';
}

function acceptUnchanged(lane: Lane, { poll, at }: DecodedPoll): Verdict {
  const isForgotten = hasVehicleIds(poll.feed) && areIdsOver(lane.observed_at, at);
  if (lane.body === null || poll.body_id !== lane.body.id || isForgotten) {
    return { outcome: 'failed', error: said('unchanged_without_body') };
  }
  lane.older_since = null;
  return { outcome: lane.body.outcome, error: null };
}

function isBelieved({ older_since }: Lane, at: number): boolean {
  return older_since !== null && at - older_since >= BELIEVED_AFTER_MS;
}

function isOlder(body: AcceptedBody, accepted: AcceptedBody | null): boolean {
  return (
    accepted !== null &&
    body.last_updated !== null &&
    accepted.last_updated !== null &&
    body.last_updated < accepted.last_updated
  );
}
