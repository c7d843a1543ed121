import { randomBytes } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import kafkajs from 'kafkajs';
import type pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TestDatabase } from '../../../../test/servers/test-database.ts';
import { minutePoll } from '../../../../test/workers/status-poll.ts';
import {
  openStoreSurroundings,
  type StoreSurroundings,
} from '../../../../test/workers/store-surroundings.ts';
import { startTestWorker, type TestTopics } from '../../../../test/workers/test-worker.ts';
import { untilStored } from '../../../../test/workers/until-stored.ts';
import { encodePoll, type PollRecord } from '../poll-record.ts';
import { registerCodecs, UNPACKED_BYTES_MAX } from './codecs.ts';
import { createProducer } from './producer.ts';
import { batchErrorOf, holdsRecords, unreadableBatch } from './unreadable-batch.ts';

let surroundings: StoreSurroundings;
let topics: TestTopics;
let database: TestDatabase;
let client: pg.Client;

beforeEach(async () => {
  surroundings = await openStoreSurroundings(2);
  ({ topics, database, client } = surroundings);
});
afterEach(() => surroundings[Symbol.asyncDispose]());

/** Of so many bytes that each piece is a literal: the number of bytes, then pieces of up to 60 (snappy's format description, 2.1). */
function snappy(plain: Buffer): Buffer {
  const length: number[] = [];
  for (let left = plain.length; ; left >>>= 7) {
    length.push(left > 0x7f ? (left & 0x7f) | 0x80 : left);
    if (left <= 0x7f) break;
  }
  const pieces: Buffer[] = [Buffer.from(length)];
  for (let from = 0; from < plain.length; from += 60) {
    const piece = plain.subarray(from, from + 60);
    pieces.push(Buffer.from([(piece.length - 1) << 2]), piece);
  }
  return Buffer.concat(pieces);
}

/** One frame with one block that is not compressed (LZ4 frame format 1.6): its header, the block's size with the highest bit set, the end. */
function lz4(plain: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE((plain.length | 0x80000000) >>> 0);
  return Buffer.concat([
    Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]),
    size,
    plain,
    Buffer.alloc(4),
  ]);
}

type Packing = keyof typeof kafkajs.CompressionCodecs;

/** As a producer of another make would, in one batch to partition 0. */
async function sendPacked(
  type: Packing,
  pack: (plain: Buffer) => Buffer,
  polls: PollRecord[],
): Promise<void> {
  const producer = createProducer(topics.kafka);
  await producer.connect();
  kafkajs.CompressionCodecs[type] = () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => pack(buffer),
  });
  try {
    const messages = polls.map((one) => ({ ...encodePoll(one), partition: 0 }));
    await producer.send({ topic: topics.names.pollsTopic, compression: type, messages });
  } finally {
    registerCodecs();
    await producer.disconnect();
  }
}

async function storedMinutes(): Promise<string[]> {
  const { rows } = await client.query(
    `select system_id || ' ' || num_bikes_available as one from velolog.station_status join velolog.station using (station_key)
     join velolog.system using (system_key) order by system_id, observed_at`,
  );
  return rows.map(({ one }) => one);
}

async function letters(count: number): Promise<{ reason: string; offset: string; error: string | null }[]> {
  const consumer = topics.kafka.consumer({ groupId: `letters-${randomBytes(6).toString('hex')}` });
  const found: { reason: string; offset: string; error: string | null }[] = [];
  const all = Promise.withResolvers<void>();
  await consumer.connect();
  await consumer.subscribe({ topic: topics.names.deadLettersTopic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const { dlreason, dloffset } = message.headers ?? {};
      found.push({ reason: `${dlreason}`, offset: `${dloffset}`, error: batchErrorOf(message) });
      if (found.length === count) all.resolve();
    },
  });
  await all.promise;
  await consumer.disconnect();
  return found;
}

const { Snappy, LZ4, ZSTD, GZIP } = kafkajs.CompressionTypes;

/** Zeros that are more than is unpacked, as one record of a batch. */
const tooLarge = (pack: (plain: Buffer) => Buffer) => () => pack(bomb());
function bomb(): Buffer {
  const value = UNPACKED_BYTES_MAX;
  const body = Buffer.concat([
    Buffer.from([0, 0, 0, 1]),
    varint(value),
    Buffer.alloc(value),
    Buffer.from([0]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value * 2;
  for (; left > 0x7f; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  return Buffer.from([...bytes, left]);
}

test.each([
  ['snappy_not_supported', Snappy, snappy, 3],
  ['lz4_not_supported', LZ4, lz4, 3],
  ['zstd_too_large', ZSTD, tooLarge(zstdCompressSync), 1],
  ['gzip_too_large', GZIP, tooLarge(gzipSync), 1],
] as const)(
  'a batch that cannot be unpacked (%s) is dead letters, one for each record, and all else is stored',
  async (error, type, pack, count) => {
    const toPartition0 = (minute: number) => sendPacked(GZIP, gzipSync, [minutePoll('city', minute)]);
    await toPartition0(0);
    const bad = Array.from({ length: count }, (_, index) => minutePoll('city', 1 + index));
    await sendPacked(type, pack, bad);
    await toPartition0(9);
    await topics.publish([minutePoll('a', 0), minutePoll('b', 0), minutePoll('c', 0), minutePoll('d', 0)]);
    const worker = await startTestWorker(database, topics);
    await untilStored(database.url, await topics.ends());
    await worker.stop();
    expect(await storedMinutes()).toEqual(['a 0', 'b 0', 'c 0', 'city 0', 'city 9', 'd 0']);
    const offsets = Array.from({ length: count }, (_, index) => String(1 + index));
    expect(await letters(count)).toEqual(
      offsets.map((offset) => ({ reason: 'unreadable_batch', offset, error })),
    );
  },
);

test('bytes before the packed data that are no batch header hide no error', () => {
  const cause = new Error('damaged');
  expect(() => unreadableBatch(Buffer.alloc(200).subarray(100), 'zstd_corrupt', cause)).toThrow(cause);
  expect(() => unreadableBatch(Buffer.from(new ArrayBuffer(10)), 'zstd_corrupt', cause)).toThrow(cause);
  expect(holdsRecords(Buffer.alloc(0), Buffer.from(new ArrayBuffer(10)))).toBe(true);
});
