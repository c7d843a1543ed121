import { createKafka } from '@velolog/stream/kafka/client';
import { kafkaSettings } from '@velolog/stream/kafka/kafka-settings';
import { ensureTopics } from '@velolog/stream/topics';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { createTestDatabase } from './test-database.ts';

test('a test database is a migrated one, and its reader sees the schema api only', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.readerUrl });
  await client.connect();
  try {
    expect((await client.query('select * from api.station_current')).rows).toEqual([]);
    await expect(client.query('select * from velolog.station')).rejects.toThrow(/permission denied/);
  } finally {
    await client.end();
    await database.drop();
  }
});

test('the broker takes a topic with the limits of the polls', async () => {
  const kafka = createKafka(kafkaSettings.parse({ KAFKA_BROKERS: inject('brokers') }), {
    clientId: 'servers-test',
  });
  const topics = { pollsTopic: 'servers-test.polls', deadLettersTopic: 'servers-test.dead-letters' };
  await ensureTopics(kafka, { partitions: 2, replicationFactor: 1, ...topics });
  await expect(
    ensureTopics(kafka, { partitions: 2, replicationFactor: 1, ...topics }),
  ).resolves.toBeUndefined();
});
