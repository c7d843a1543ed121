import type { SystemRecord } from '@velolog/stream/systems-topic';
import { hideSecrets } from './hide-secrets.ts';
import type { System } from './system.ts';
import { parseEntry, type SystemsTable, type TopicEntry } from './topic.ts';

export type FileChanges = {
  records: SystemRecord[];
  /** Of the file, but recorded as a command said: those stay. */
  kept: string[];
  /** Of source `file`, but not in this one. */
  removed: string[];
};

/** What has to be written so that the entries of source `file` are those of the file. The others stay. */
export function applyFile(systems: System[], table: SystemsTable, partitions: number): FileChanges {
  const records: SystemRecord[] = [];
  const kept: string[] = [];
  const wanted = new Map(systems.map((one) => [one.id, one]));
  for (const [id, settings] of wanted) {
    const known = read(table, id);
    if (known !== null && known.source !== 'file') {
      kept.push(id);
      continue;
    }
    const changes = table.put({ ...hideSecrets(settings), source: 'file' }, partitions);
    const isThere = changes.length === 1 && changes[0]?.value === table.valueOf(id);
    if (!isThere) records.push(...changes);
  }
  const removed = table.ids().filter((id) => !wanted.has(id) && read(table, id)?.source === 'file');
  records.push(...removed.flatMap((id) => table.remove(id)));
  return { records, kept, removed };
}

function read(table: SystemsTable, id: string): TopicEntry | null {
  const value = table.valueOf(id);
  try {
    return value === null ? null : parseEntry(id, value);
  } catch {
    // What cannot be read is not a command to respect.
    return null;
  }
}
