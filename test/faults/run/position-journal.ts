import { withClient } from '../../servers/with-client.ts';

/**
 * What the store did to its positions, in the order of its transactions: triggers record it within them. Each record
 * that was read belongs to one move; each loss that was counted is listed where it was noticed.
 */
export type JournalEntry = {
  transaction: string;
  topic: string;
  topic_id: string;
  partition: number;
  from_offset: bigint;
  /** Null for a loss of unknown size. */
  to_offset: bigint | null;
  /** Of the last record of a move. */
  leader_epoch: number;
  /** Null for a move; else the reason of the loss. */
  loss: string | null;
};

/** For a database that has been migrated. */
export async function keepJournal(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, (client) => client.query(TRIGGERS));
}

export async function readJournal(databaseUrl: string): Promise<JournalEntry[]> {
  return await withClient(databaseUrl, async (client) => {
    const { rows } = await client.query('select * from journal.entry order by entry_key');
    return rows.map((row) => ({
      ...row,
      from_offset: BigInt(row.from_offset),
      to_offset: row.to_offset === null ? null : BigInt(row.to_offset),
    }));
  });
}

const TRIGGERS = `
  create schema journal;
  create table journal.entry (
    entry_key int8 generated always as identity, transaction text not null default txid_current()::text,
    topic text, topic_id text, partition int4, from_offset int8, to_offset int8, leader_epoch int4, loss text
  );
  create function journal.note_move() returns trigger language plpgsql as $$ begin
    if old.next_offset <> new.next_offset then
      insert into journal.entry (topic, topic_id, partition, from_offset, to_offset, leader_epoch)
      values (new.topic, new.topic_id, new.partition, old.next_offset, new.next_offset, new.leader_epoch);
    end if;
    return null;
  end $$;
  create function journal.note_loss() returns trigger language plpgsql as $$ begin
    insert into journal.entry (topic, topic_id, partition, from_offset, to_offset, loss)
    values (new.topic, new.topic_id, new.partition, new.from_offset, new.to_offset, new.reason);
    return null;
  end $$;
  create trigger journal after update on velolog.kafka_position for each row execute function journal.note_move();
  create trigger journal after insert on velolog.kafka_loss for each row execute function journal.note_loss();`;
