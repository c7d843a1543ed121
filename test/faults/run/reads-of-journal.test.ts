import { expect, test } from 'vitest';
import type { JournalEntry } from './position-journal.ts';
import { readsOf } from './reads-of-journal.ts';
import { RecordArchive } from './record-archive.ts';

test('a recreated topic ends each run once, even if another worker gives up the other topic at the same moment', () => {
  const gaveUp = (transaction: string, topic: string, partition: number): JournalEntry => ({
    transaction,
    topic,
    topic_id: `id of ${topic}`,
    partition,
    from_offset: 0n,
    to_offset: null,
    leader_epoch: 0,
    loss: 'made_anew',
  });
  const { reads, losses } = readsOf(
    [
      gaveUp('1', 'polls', 0),
      gaveUp('2', 'vehicle-polls', 0),
      gaveUp('1', 'polls', 1),
      gaveUp('2', 'vehicle-polls', 1),
    ],
    new RecordArchive(),
  );
  expect(reads).toEqual([
    { topic: 'polls', lostOf: 'all' },
    { topic: 'vehicle-polls', lostOf: 'all' },
  ]);
  expect(losses).toEqual({ made_anew: 4 });
});
