import type { SystemRecord, SystemsFileVersion } from '@velolog/stream/systems-topic';
import { hideSecrets } from './secrets/hide-secrets.ts';
import type { System } from './system.ts';
import { DEFAULT_GROUP, parseEntry, type SystemsTable, type TopicEntry } from './topic.ts';

export type FileChanges = {
  records: SystemRecord[];
  /** Systems of the file that a command has changed: those records stay. */
  kept: string[];
  /** Systems of the file that another group records. */
  elsewhere: string[];
  /** Systems of source `file` that this file does not contain. */
  removed: string[];
};

/** What must be written so that the `file` entries of this group match the file. Other entries stay. */
export function applyFile(
  systems: System[],
  table: SystemsTable,
  { partitions, group, version }: { partitions: number; group: string; version: SystemsFileVersion },
): FileChanges {
  const records: SystemRecord[] = [];
  const kept: string[] = [];
  const elsewhere: string[] = [];
  const wanted = new Map(systems.map((one) => [one.id, one]));
  for (const [id, settings] of wanted) {
    const known = read(table, id);
    if (known !== null && groupOf(known) !== group) {
      elsewhere.push(id);
      continue;
    }
    if (known !== null && known.source !== 'file') {
      kept.push(id);
      continue;
    }
    const changes = table.put({ ...hideSecrets(settings), source: 'file', group }, partitions);
    const isThere = changes.length === 1 && changes[0]?.value === table.valueOf(id);
    if (!isThere) records.push(...changes);
  }
  const removed = table.ids().filter((id) => {
    const known = wanted.has(id) ? null : read(table, id);
    return known !== null && known.source === 'file' && groupOf(known) === group;
  });
  records.push(...removed.flatMap((id) => table.remove(id, 'file', version)));
  return { records, kept, elsewhere, removed };
}

function groupOf({ group = DEFAULT_GROUP }: TopicEntry): string {
  return group;
}

function read(table: SystemsTable, id: string): TopicEntry | null {
  const value = table.valueOf(id);
  try {
    return value === null ? null : parseEntry(id, value);
  } catch {
    // A value that cannot be read is not a command to respect.
    return null;
  }
}
