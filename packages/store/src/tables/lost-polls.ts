import { partitionOf } from '@velolog/stream/partitioner';
import { type DatabasePool, sql } from 'slonik';
import { z } from 'zod';
import { movePosition, type Partition } from './kafka-position.ts';
import { textArray } from './sql-arrays.ts';

const SystemRow = z.object({ system_id: z.string() });

/**
 * Kafka's retention removed the records from `from_offset` up to `to_offset` before they were read. Notes it, moves
 * past them, and ends the run of observation of each feed of the partition: whatever its next poll says, the
 * time before it was not observed.
 */
export async function noteLostPolls(
  pool: DatabasePool,
  lost: Partition & { partitions: number },
  from_offset: bigint,
  to_offset: bigint,
): Promise<void> {
  await pool.transaction(async (transaction) => {
    await movePosition(transaction, lost, from_offset, to_offset);
    await transaction.query(sql.unsafe`
      insert into velolog.kafka_loss (cluster_id, topic, partition, from_offset, to_offset)
      values (${lost.cluster_id}, ${lost.topic}, ${lost.partition}, ${from_offset.toString()}::int8, ${to_offset.toString()}::int8)
      on conflict do nothing`);
    const systems = await transaction.any(sql.type(SystemRow)`select system_id from velolog.system`);
    const affected = systems
      .map((system) => system.system_id)
      .filter((system_id) => partitionOf(system_id, lost.partitions) === lost.partition);
    await transaction.query(sql.unsafe`
      with newest as (
        select distinct on (feed_key) feed_key, observed_range.from_at
        from velolog.observed_range
        join velolog.feed using (feed_key)
        join velolog.system using (system_key)
        where system.system_id = any(${textArray(affected)}::text[])
        order by feed_key, observed_range.from_at desc
      ), ended as (
        update velolog.observed_range set to_at = to_at + interval '1 ms'
        from newest
        where observed_range.feed_key = newest.feed_key and observed_range.from_at = newest.from_at
        returning observed_range.feed_key, observed_range.to_at
      )
      insert into velolog.coverage (feed_key, from_at, to_at, polls, outcome)
      select feed_key, to_at, to_at, 0, 'lost' from ended
      on conflict do nothing`);
  });
}
