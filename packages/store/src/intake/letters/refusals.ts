import { type PollAddress, readPollAddress } from '@velolog/stream/read-poll-address';
import type { Refusals } from '../../tables/write-refusals.ts';
import type { ReadRecord } from '../records/count-records.ts';
import type { DeadLetter } from './dead-letters.ts';

/**
 * These name a feed that somebody polls, so that it gets its row even if no poll of it was ever stored: the row says why it has no data. Of other
 * records the feed is known only if it has its row.
 */
const OF_READABLE_HEADERS = new Set<DeadLetter['reason']>(['fetched_in_future', 'fetched_before_gbfs']);

/**
 * What a run of records adds to the refused polls of each feed: its dead letters since the last poll that was stored. A poll whose body
 * cannot be decoded is stored, as one that failed. Imported history is not polled; `velolog import` says what was refused.
 */
export function refusalsOf(letters: readonly DeadLetter[], stored: readonly ReadRecord[]): Refusals[] {
  const lastStored = new Map<string, bigint>();
  for (const { message, poll } of stored)
    if (!poll.imported) lastStored.set(keyOf(poll), BigInt(message.offset));
  const messages = new Set(stored.map(({ message }) => message));
  const found = new Map<string, Refusals>();
  for (const { message, reason } of letters.toSorted(byOffset)) {
    const address = readPollAddress(message);
    if (address === null || address.imported || messages.has(message)) continue;
    const key = keyOf(address);
    if (BigInt(message.offset) < (lastStored.get(key) ?? 0n)) continue;
    const { system_id, feed } = address;
    const at = Number(message.timestamp);
    const { polls = 0, since = at, begins = false } = found.get(key) ?? {};
    found.set(key, {
      system_id,
      feed,
      polls: polls + 1,
      reason,
      since,
      at,
      begins: begins || OF_READABLE_HEADERS.has(reason),
    });
  }
  return [...found.values()];
}

function byOffset({ message: a }: DeadLetter, { message: b }: DeadLetter): number {
  return Number(BigInt(a.offset) - BigInt(b.offset));
}

const keyOf = ({ system_id, feed }: Pick<PollAddress, 'system_id' | 'feed'>) =>
  JSON.stringify([system_id, feed]);
