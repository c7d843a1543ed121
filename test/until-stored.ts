import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';

/** Waits until the database has every record that the topic has now. */
export async function untilStored(databaseUrl: string, ends: Map<number, bigint>): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (;;) {
      const { rows } = await client.query('select partition, next_offset from velolog.kafka_position');
      const at = new Map(rows.map((row) => [row.partition, BigInt(row.next_offset)]));
      if ([...ends].every(([partition, end]) => end === 0n || at.get(partition) === end)) return;
      await wait(50);
    }
  } finally {
    await client.end();
  }
}
