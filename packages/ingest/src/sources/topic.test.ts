import { expect, test } from 'vitest';
import { parseEntry, SystemsTable } from './topic.ts';

const PARTITIONS = 12;

test('a system that a command removed was taken out, not one that left a file, moved to another domain, or is recorded again', () => {
  const table = new SystemsTable();
  let timestampMs = 0;
  const write = (records: ReturnType<SystemsTable['remove']>): void => {
    for (const record of records) {
      timestampMs++;
      // Only what a file removed is said to be so: see removalOf in systems-topic.ts.
      table.note({ ...record, by: record.by === 'file' ? 'file' : undefined, timestampMs });
    }
  };
  const add = (host: string): void => {
    const entry = { id: 'city', discovery_url: `https://${host}/gbfs.json`, source: 'command' };
    write(table.put(parseEntry('city', JSON.stringify(entry)), PARTITIONS));
  };
  const isTakenOut = () => table.isTakenOut('city');
  add('bikes.example');
  expect(isTakenOut()).toBe(false);
  write(table.remove('city', 'file'));
  expect(isTakenOut()).toBe(false);
  add('bikes.example');
  for (const host of ['a.test', 'b.test', 'c.test', 'd.test']) add(host);
  expect(isTakenOut()).toBe(false);
  write(table.remove('city', 'command'));
  expect(isTakenOut()).toBe(true);
  add('bikes.example');
  expect(isTakenOut()).toBe(false);
});
