import type { SystemRecord } from '@velolog/stream/systems-topic';
import { expect, test } from 'vitest';
import { silentLog } from '../test-log.ts';
import { applyFile } from './apply-file.ts';
import { MissingSystems } from './missing-systems.ts';
import { parseSystems } from './systems.ts';
import { parseEntry, SystemsTable } from './topic.ts';

const PARTITIONS = 4;
const OURS = { name: 'ours', modifiedAtMs: 2000 };
const [oslo] = parseSystems(
  JSON.stringify({ systems: [{ id: 'oslo', discovery_url: 'https://oslo.example/gbfs.json' }] }),
  'systems.json',
);
const file = new Map(oslo ? [['oslo', oslo]] : []);

/** What comes back to an ingest whose file has Oslo, once it has been taken out. */
function putBackAfter(remove: (table: SystemsTable) => SystemRecord[]): string[] {
  const table = new SystemsTable();
  let timestampMs = 0;
  const write = (records: SystemRecord[]) => {
    for (const record of records) table.note({ ...record, timestampMs: ++timestampMs });
  };
  write(table.put(parseEntry('oslo', JSON.stringify({ ...oslo, source: 'file' })), PARTITIONS));
  const missing = new MissingSystems(file, OURS, table, silentLog);
  expect(missing.look()).toEqual([]);
  write(remove(table));
  return missing.look().map(({ id }) => id);
}

const startsWith = (version: { name: string; modifiedAtMs: number }) => (table: SystemsTable) =>
  applyFile([], table, { partitions: PARTITIONS, group: 'velolog-ingest', version }).records;

test.each<[what: string, remove: (table: SystemsTable) => SystemRecord[], back: string[]]>([
  ['a file of another name', startsWith({ name: 'other', modifiedAtMs: 9000 }), ['oslo']],
  ['an older version of ours', startsWith({ ...OURS, modifiedAtMs: 1000 }), ['oslo']],
  ['a newer version of ours', startsWith({ ...OURS, modifiedAtMs: 3000 }), []],
  ['a worker that tells no version', (table) => table.remove('oslo', 'file'), ['oslo']],
  ['a command', (table) => table.remove('oslo', 'command'), []],
])('what %s took out comes back where a file that is in use has it, and only there', (_, remove, back) => {
  expect(putBackAfter(remove)).toEqual(back);
});
