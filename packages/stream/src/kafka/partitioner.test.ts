import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { partitionOf } from './partitioner.ts';

// Prime and large, so that two hashes that differ hardly ever give the same partition.
const MANY = 1_000_003;

// From testMurmur2 in Apache Kafka's UtilsTest.java.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('hashes %s as the Java client does', (key, murmur2) => {
  expect(partitionOf(key, MANY)).toBe((murmur2 & 0x7fffffff) % MANY);
});

test('puts every key where the DefaultPartitioner of kafkajs puts it', () => {
  const partition = kafkajs.Partitioners.DefaultPartitioner();
  const partitionMetadata = Array.from({ length: 12 }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 0,
    replicas: [],
    isr: [],
  }));
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (key) => {
      const theirs = partition({ topic: 'any', partitionMetadata, message: { key, value: null } });
      expect(partitionOf(key, 12)).toBe(theirs);
      expect(partitionOf(Buffer.from(key), 12)).toBe(theirs);
    }),
  );
});
