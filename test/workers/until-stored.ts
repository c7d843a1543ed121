import { setTimeout as wait } from 'node:timers/promises';
import { withClient } from '../servers/with-client.ts';

/**
 * Waits until the database has every record before `ends`.
 * @param exactly for a topic that ends before the database's old position, because it was recreated
 * @param topic needed if the database has positions in more than one
 */
export async function untilStored(
  databaseUrl: string,
  ends: Map<number, bigint>,
  exactly = false,
  topic?: string,
): Promise<void> {
  return await withClient(databaseUrl, async (client) => {
    for (;;) {
      const { rows } = await client.query(
        'select partition, next_offset from velolog.kafka_position where topic = coalesce($1, topic)',
        [topic],
      );
      const has = (partition: number, end: bigint) =>
        rows.some((row) => {
          const at = BigInt(row.next_offset);
          return row.partition === partition && (exactly ? at === end : at >= end);
        });
      if ([...ends].every(([partition, end]) => end === 0n || has(partition, end))) return;
      await wait(50);
    }
  });
}
