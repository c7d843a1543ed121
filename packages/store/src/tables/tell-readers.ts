import { COMMITS_CHANNEL } from '@velolog/worker/commits-channel';
import { type DatabaseTransactionConnection, sql } from 'slonik';
import type { PendingWrites } from '../memory/pending-writes.ts';
import type { Refusals } from './write-refusals.ts';

/** PostgreSQL refuses 8,000 bytes and more. */
const PAYLOAD_BYTES_MAX = 7_900;

/**
 * Names the systems of this transaction to all listeners. PostgreSQL notifies them only at the commit, so the rows can
 * be read when the notification arrives. Nothing depends on it: listeners also look on their own. Between this call and
 * the commit no other notifying transaction can commit, so it comes last. An empty text stands for more systems than
 * fit.
 */
export async function tellReaders(
  transaction: DatabaseTransactionConnection,
  writes: PendingWrites,
  refusals: readonly Pick<Refusals, 'system_id'>[],
): Promise<void> {
  const systems = new Set([...writes.feeds].map((feed) => feed.system.system_id));
  for (const { system_id } of refusals) systems.add(system_id);
  if (systems.size > 0) await tellSystems(transaction, systems);
}

export async function tellSystems(
  transaction: DatabaseTransactionConnection,
  system_ids: Iterable<string>,
): Promise<void> {
  const text = JSON.stringify([...system_ids]);
  const payload = Buffer.byteLength(text) > PAYLOAD_BYTES_MAX ? '' : text;
  await transaction.query(sql.unsafe`select pg_notify(${COMMITS_CHANNEL}, ${payload})`);
}
