import { createHash } from 'node:crypto';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBundle } from '@velolog/lake/bundle/read-bundle';
import { HistoryDoesNotFit } from '@velolog/store/fill/fill-systems';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exportRandomHistory, fillFrom, type RandomExport } from '../../../../test/workers/random-export.ts';
import { openTestStore } from '../../../../test/workers/test-store.ts';

let given: RandomExport;
beforeAll(async () => {
  given = await exportRandomHistory(1, 50);
});
afterAll(() => given[Symbol.asyncDispose]());

describe('a bundle that is not as it was written', () => {
  const dir = () => join(given.folder, 'bad');
  const opened = async () => {
    await using _ = await openBundle(dir(), { systems: [] });
  };
  const files = async () => (await readdir(dir(), { recursive: true })).sort();
  beforeEach(() => cp(given.bundle, dir(), { recursive: true }));
  afterEach(() => rm(dir(), { recursive: true }));

  const status = async () =>
    join(dir(), (await files()).find((path) => /station_status.*parquet$/.test(path)) ?? '');
  const edit = async (path: string, change: (text: string) => string) =>
    writeFile(path, change(await readFile(path, 'utf8')));

  test.each([
    [
      'a flipped byte',
      /damaged: station_status\/.* is not what SHA256SUMS says/,
      async () => {
        const bytes = await readFile(await status());
        bytes[200] = (bytes[200] ?? 0) ^ 1;
        await writeFile(await status(), bytes);
      },
    ],
    ['a file that is missing', /damaged: station_status\/.* is missing/, async () => rm(await status())],
    ['no checksums', /incomplete.*velolog export/, () => rm(join(dir(), 'SHA256SUMS'))],
    [
      'a checksum less',
      /does not name|do not agree/,
      () =>
        edit(join(dir(), 'SHA256SUMS'), (text) =>
          text
            .split('\n')
            .filter((line) => !line.includes('station_status/system'))
            .join('\n'),
        ),
    ],
    [
      'a path out of it',
      /a line that is not a checksum/,
      () => edit(join(dir(), 'SHA256SUMS'), (text) => `${text}${'0'.repeat(64)}  ../secret\n`),
    ],
    [
      'a newer version',
      /newer Velolog.*update Velolog/,
      () => edit(join(dir(), 'lake.json'), (text) => text.replace('"version": 1', '"version": 2')),
    ],
    ['something else in its place', /is not an export of Velolog/, () => rm(join(dir(), 'lake.json'))],
    [
      'a lake in its place',
      /is a lake/,
      () => edit(join(dir(), 'lake.json'), (text) => text.replace('"export"', '"lake"')),
    ],
  ] as const)('%s is refused with what is wrong', async (_, message, spoil) => {
    await spoil();
    await expect(opened()).rejects.toThrow(message);
  });

  test('rows that are not those of the manifest are found by their sum, though each file fits its checksum', async () => {
    const sums = join(dir(), 'SHA256SUMS');
    const [manifest = ''] = (await files()).filter((path) => /^station_status\/manifest/.test(path));
    const path = join(dir(), manifest);
    await edit(path, (text) => text.replaceAll('"checksum":"', '"checksum":"9'));
    await edit(sums, (text) => text.replace(/^.*station_status\/manifest/m, ''));
    const sum = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    await writeFile(sums, `${(await readFile(sums, 'utf8')).replace(/^-.*\n/m, '')}${sum}  ${manifest}\n`);
    await using empty = await openTestStore();
    await expect(fillFrom(dir(), empty)).rejects.toThrow(HistoryDoesNotFit);
    expect(await empty.ask('select count(*)::int as n from velolog.system')).toEqual([{ n: 0 }]);
  });
});
