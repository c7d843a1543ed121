import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { checkHistory } from './check-history.ts';
import { readHistory, readTime } from './history-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'velolog-history-'));
afterAll(() => rmSync(folder, { recursive: true }));
const LINE = '{"fetched_at":"2022-10-23T19:48:48Z","body":"{}"}';

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test.each([
  ['2022-10-23T19:48:48Z'],
  ['2022-10-23T19:48:48.000Z'],
  ['2022-10-23T19-48-48Z'],
  ['20221023T194848Z'],
  ['2022-10-23_19-48-48'],
  ['2022-10-23T19_48_48Z'],
  ['2022-10-23 19:48:48'],
  ['2022-10-23T21:48:48+02:00'],
  ['2022-10-23T21-48-48+0200'],
  ['1666554528'],
  ['1666554528000'],
  [1666554528],
])('%j is 2022-10-23T19:48:48Z', (written) => {
  expect(readTime(written)?.toISOString()).toBe('2022-10-23T19:48:48.000Z');
});

test.each(['yesterday', '', '2022-13-45T00:00:00Z', '12', null])('%j is no time', (written) => {
  expect(readTime(written)).toBeNull();
});

test('a body that is text stays byte for byte, one that is an object becomes its JSON, an empty one stays empty', async () => {
  const path = file(
    'bodies.ndjson',
    [
      '{"fetched_at":1666554528,"body":"{ \\"a\\" : 1 }"}',
      '{"fetched_at":1666554529,"body":{"a":1}}',
      '{"fetched_at":1666554530,"body":""}',
    ].join('\n'),
  );
  const bodies = (await Array.fromAsync(readHistory(path))).map(({ body }) => body.toString());
  expect(bodies).toEqual(['{ "a" : 1 }', '{"a":1}', '']);
});

test('a body that is not UTF-8 stays byte for byte, whether the line has it as text or as an object', async () => {
  const body = '{"name":"Aragó"}';
  const at = '"fetched_at":"2022-10-23T19:48:48Z"';
  const lines = [
    `{${at},"body":${JSON.stringify(body)}}`,
    `{${at},"body":${body}}`,
    `{${at},"body":"\\u0141ódź"}`,
  ];
  const path = file('latin1.ndjson', Buffer.from(lines.slice(0, 2).join('\n'), 'latin1'));
  for await (const record of readHistory(path)) expect(record.body).toEqual(Buffer.from(body, 'latin1'));
  const escaped = file('escaped.ndjson', Buffer.from(lines[2]?.replace('ź', 'z') ?? '', 'latin1'));
  for await (const record of readHistory(escaped)) {
    expect(record.body).toEqual(Buffer.concat([Buffer.from('Ł'), Buffer.from('ódz', 'latin1')]));
  }
});

test('a gzipped file gives the same as the plain one', async () => {
  const path = file('plain.ndjson.gz', gzipSync(`${LINE}\n`));
  expect(await Array.fromAsync(readHistory(path))).toHaveLength(1);
});

test('a file with a single body has its time in its name, packed or not', async () => {
  const names = [
    'station_status_2022-10-23T19_48_48Z.json',
    'oslo-1666554528.json.gz',
    '20221023T194848Z-copy.json.zst',
  ];
  const packed = [Buffer.from('{}'), gzipSync('{}'), zstdCompressSync('{}')];
  for (const [index, name] of names.entries()) {
    const records = await Array.fromAsync(readHistory(file(name, packed[index] ?? '')));
    expect(records.map(({ fetched_at, body }) => [fetched_at.toISOString(), body.toString()])).toEqual([
      ['2022-10-23T19:48:48.000Z', '{}'],
    ]);
  }
  const path = file('lines.ndjson.zst', zstdCompressSync(`${LINE}\n`));
  expect(await Array.fromAsync(readHistory(path))).toHaveLength(1);
});

test('the files of a folder come in order of time, however their names are spelled', async () => {
  const names = ['2022-10-23T19-48-48Z.json', '1666554000.json', '20221023T194900Z.json'];
  const inside = mkdtempSync(join(folder, 'named-'));
  for (const name of names) writeFileSync(join(inside, name), name);
  const bodies = (await Array.fromAsync(readHistory(inside))).map(({ body }) => body.toString());
  expect(bodies).toEqual([names[1], names[0], names[2]]);
});

test.each<[string, string, string | Buffer, RegExp]>([
  ['no gzip under a .gz name', 'not.ndjson.gz', LINE, /not gzip/],
  ['a gzip cut short', 'cut.ndjson.gz', gzipSync(`${LINE}\n`.repeat(1000)).subarray(0, 60), /truncated/],
  ['a broken line', 'broken.ndjson', `${LINE}\n{"fetched_at":`, /line 2 is not JSON/],
  ['a line without a body', 'bodyless.ndjson', '{"fetched_at":1666554528}', /line 1: expected/],
  [
    'a line whose time is none',
    'timeless.ndjson',
    '{"fetched_at":"noon","body":""}',
    /line 1: fetched_at is "noon"/,
  ],
  [
    'bzip2',
    'b.ndjson.bz2',
    Buffer.from('425a6839314159', 'hex'),
    /bzip2, which velolog cannot read: unpack it first/,
  ],
  ['xz', 'x.ndjson.xz', Buffer.from('fd377a585a00', 'hex'), /xz, which velolog cannot read/],
  ['a zip archive', 'z.zip', Buffer.from('504b030400', 'hex'), /a zip archive, which velolog cannot read/],
  ['a tar archive', 't.tar.gz', gzipSync('x'), /tar archive: unpack it/],
  [
    'a body of another feed',
    'places.ndjson',
    '{"fetched_at":1666554528,"body":{"data":{"stations":[{"station_id":"1","lat":1,"lon":2,"capacity":3}]}}}',
    /record 1 .* is a body of station_information, but this import is for station_status/,
  ],
  ['a name without a time', 'today.json', '{}', /today\.json is not a time/],
  ['a name with two times', '1666554528-1666554529.json', '{}', /is not a time/],
  ['an empty file', 'empty.ndjson', '', /is empty/],
  [
    'records out of order',
    'unsorted.ndjson',
    `${LINE}\n{"fetched_at":1,"body":""}`.replace(':1,', ':1600000000,'),
    /sort the file/,
  ],
])('%s is refused, saying which and where', async (_, name, content, message) => {
  await expect(checkHistory([file(name, content)], 'station_status')).rejects.toThrow(message);
});

test('a missing file is refused', async () => {
  await expect(checkHistory([join(folder, 'nowhere.ndjson')], 'station_status')).rejects.toThrow(
    /There is no file .*nowhere/,
  );
});

test('files are put in order of time, and refused when they overlap', async () => {
  const day = (start: number) => [start, start + 60].map((at) => `{"fetched_at":${at},"body":""}`).join('\n');
  const early = file('early.ndjson', day(1666554000));
  const late = file('late.ndjson', day(1666555000));
  const within = file('within.ndjson', day(1666554030));
  expect(await checkHistory([late, early], 'station_status')).toMatchObject({
    files: [early, late],
    records: 4,
  });
  await expect(checkHistory([early, within], 'station_status')).rejects.toThrow(/overlap in time/);
});
