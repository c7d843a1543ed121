import { noCare } from '@velolog/store/intake/consume-options';
import { cutChunk } from '@velolog/store/intake/cut-chunk';
import { type PartitionState, type StoreContext, storeRecords } from '@velolog/store/intake/store-records';
import { migrate } from '@velolog/store/migrate/migrate';
import { encodeForget } from '@velolog/stream/forget-record';
import type { KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import { partitionOf } from '@velolog/stream/kafka/partitioner';
import { encodePoll, type PollRecord } from '@velolog/stream/poll-record';
import { VEHICLE_POLLS_TOPIC } from '@velolog/stream/topics';
import pg from 'pg';
import { openStoreContext } from '../workers/store-context.ts';
import type { Loss, Read } from './run/reads-of-journal.ts';

/** A record that says to forget a system. */
export type Forget = { forget: string };

export type Cut = { records: number; restarts: boolean };

/**
 * Stores polls in an empty database without Kafka: by default one per transaction.
 * @param nextCut how many records the next transaction takes, and whether the worker forgets everything before it
 * @param afterCommit called after each transaction
 */
export async function storeDirectly(
  databaseUrl: string,
  polls: (PollRecord | Forget)[],
  nextCut: () => Cut = () => ({ records: 1, restarts: false }),
  afterCommit: () => Promise<void> = async () => {},
): Promise<void> {
  const { context, state } = await openEmpty(databaseUrl);
  const messages = polls.map(toMessage);
  for (let from = 0; from < messages.length; ) {
    const { records, restarts } = nextCut();
    if (restarts) state.systems.clear();
    const chunk = cutChunk(messages.slice(from, from + records), noCare());
    await storeRecords(context, state, chunk);
    from += chunk.length;
    await afterCommit();
  }
  await context.pool.end();
}

/** Stores what was read from Kafka, record by record, and ends the runs of observation where a loss was counted. */
export async function storeReads(databaseUrl: string, reads: Read[], partitions: number): Promise<void> {
  const { context, state } = await openEmpty(databaseUrl);
  let offset = 0;
  for (const read of reads) {
    if ('message' in read) {
      await storeRecords(context, state, [{ ...read.message, offset: String(offset) }]);
      offset += 1;
      continue;
    }
    await endRuns(databaseUrl, read, partitions);
    state.systems.clear();
  }
  await context.pool.end();
}

/**
 * An independent version of the rule for a loss: the newest run of each feed ends, a moment after its last poll, as
 * `lost`.
 */
async function endRuns(databaseUrl: string, { topic, lostOf }: Loss, partitions: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query('select system_id, system_key from velolog.system');
  for (const { system_id, system_key } of rows) {
    if (lostOf !== 'all' && partitionOf(system_id, partitions) !== lostOf) continue;
    const { rows: feeds } = await client.query(
      `update velolog.observed_range set to_at = to_at + interval '1 ms'
       where (feed_key, from_at) in (
         select feed_key, max(from_at) from velolog.observed_range join velolog.feed using (feed_key)
         where system_key = $1 and (feed in ('free_bike_status', 'vehicle_status')) = $2 group by 1
       ) returning feed_key, to_at::text`,
      [system_key, topic === VEHICLE_POLLS_TOPIC],
    );
    for (const { feed_key, to_at } of feeds) {
      await client.query(
        "insert into velolog.coverage (feed_key, from_at, to_at, polls, outcome) values ($1, $2, $2, 0, 'lost') on conflict do nothing",
        [feed_key, to_at],
      );
    }
  }
  await client.end();
}

async function openEmpty(databaseUrl: string): Promise<{ context: StoreContext; state: PartitionState }> {
  await migrate(databaseUrl);
  return await openStoreContext(databaseUrl);
}

function toMessage(record: PollRecord | Forget, offset: number): KafkaMessage {
  const { key, value, headers } =
    'forget' in record ? encodeForget(record.forget, new Date()) : encodePoll(record);
  return {
    key: Buffer.from(key),
    value,
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
    // Stamped as a broker would: a record from the future is one here, too.
    timestamp: String(Date.now()),
    offset: String(offset),
    attributes: 0,
  };
}
