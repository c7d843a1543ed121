import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { withClient } from '../../servers/with-client.ts';
import type { TopicEnds } from './record-archive.ts';

/** How often the positions have moved (position-journal.ts); waits while the database is away. */
export async function movesSoFar(databaseUrl: string): Promise<bigint> {
  for (;;) {
    const client = new pg.Client({ connectionString: databaseUrl });
    client.on('error', () => {});
    try {
      await client.connect();
      const { rows } = await client.query('select max(entry_key)::text as stored from journal.entry');
      return BigInt(rows[0]?.stored ?? 0);
    } catch {
      // The server, or the database's recovery, is not ready yet.
      await wait(50);
    } finally {
      await client.end().catch(() => {});
    }
  }
}

export async function untilMoreThan(databaseUrl: string, before: bigint): Promise<void> {
  while ((await movesSoFar(databaseUrl)) <= before) await wait(50);
}

/**
 * Waits until the store is at the end of a topic. False when all positions have their final value, but one of them reached it in
 * another log.
 */
export async function untilAtEnd(databaseUrl: string, { topic_id, ends }: TopicEnds): Promise<boolean> {
  return await withClient(databaseUrl, async (client) => {
    for (;;) {
      const { rows } = await client.query(
        'select partition, next_offset, leader_epoch from velolog.kafka_position where topic_id = $1',
        [topic_id],
      );
      const full = [...ends].filter(([, { next_offset }]) => next_offset > 0n);
      const at = new Map(rows.map((row) => [row.partition, row]));
      if (full.every(([partition, end]) => BigInt(at.get(partition)?.next_offset ?? -1) === end.next_offset))
        return full.every(([partition, end]) => at.get(partition).leader_epoch === end.leader_epoch);
      await wait(50);
    }
  });
}
