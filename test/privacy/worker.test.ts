import { createProducer } from '@velolog/stream/kafka/producer';
import { encodePoll, type PollRecord } from '@velolog/stream/poll-record';
import { pino } from 'pino';
import { expect, inject, test } from 'vitest';
import { MARK } from '../history/told-vehicles.ts';
import { everythingInKafka } from '../servers/everything-in-kafka.ts';
import { createTestDatabase } from '../servers/test-database.ts';
import { withClient } from '../servers/with-client.ts';
import { ANSWERED } from '../workers/answered.ts';
import { at } from '../workers/test-store.ts';
import { createTestTopics, startTestWorker } from '../workers/test-worker.ts';
import { marked } from './marked-fleet.ts';

const within = { timeout: 60_000, interval: 100 };

function poll(feed: string, second: number, body: object | string): PollRecord {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { ...ANSWERED, system_id: 'marked', feed, fetched_at: at(second), body: Buffer.from(text) };
}
const fleet = (second: number, bikes: unknown) => poll('free_bike_status', second, { data: { bikes } });

/** Lists of vehicles in all kinds of disorder, and two polls of a station that names those at it. */
const POLLS = [
  fleet(0, [marked('1', 0), marked('2', 300)]),
  fleet(60, [marked('1', 0), { ...marked('3', 0), lat: `${MARK}` }, { [MARK]: MARK }, MARK]),
  poll('free_bike_status', 120, `<html>${MARK}`),
  fleet(180, MARK),
  // Older than what is known.
  fleet(30, [marked('9', 0)]),
  fleet(300, []),
  ...[0, 60].map((second) => {
    const docked = { station_id: 'dock', vehicles: [marked('1', 0)], vehicle_ids: [MARK] };
    const stations = [
      { station_id: `of ${second}`, num_bikes_available: 1 },
      { ...docked, num_bikes_available: second },
    ];
    return poll('station_status', second, { data: { stations } });
  }),
];

test('no log line and no metric of the store gives an id, nor does a change or a dead letter of another feed', async () => {
  await using topics = await createTestTopics(1);
  const { pollsTopic, deadLettersTopic } = topics.names;
  const changesTopic = `${pollsTopic}.changes`;
  const database = await createTestDatabase();
  const said: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void said.push(line) });
  const env = { CHANGES_TOPIC: '1', KAFKA_TOPIC_PARTITIONS: '1' };
  const worker = await startTestWorker(database, topics, { log, env, changesTopic });
  const metrics = async () => (await fetch(`${worker.health.url}/metrics`)).text();
  const lettersIn = async (topic: string) => {
    const offsets = await topics.admin.fetchTopicOffsets(topic).catch(() => []);
    return offsets.reduce((sum, { offset }) => sum + Number(offset), 0);
  };
  try {
    const producer = createProducer(topics.kafka);
    await producer.connect();
    // In a topic that is not its own.
    await producer.send({ topic: pollsTopic, messages: [encodePoll(fleet(240, [marked('1', 0)]))] });
    await producer.disconnect();
    await topics.publish(POLLS);
    await withClient(database.url, async (client) => {
      const newest = async () =>
        (await client.query("select max(to_at) as at from api.feed_coverage where feed = 'free_bike_status'"))
          .rows[0].at;
      await expect.poll(newest, within).toEqual(at(300));
    });
    await expect.poll(metrics, within).toMatch(/dead_letters_total\{[^}]*wrong_topic/);
    expect(await metrics()).not.toContain(MARK);
    // Letters about vehicles are with the vehicles, which are kept for a day.
    expect(await lettersIn(deadLettersTopic)).toBe(0);
    expect(await lettersIn(`${deadLettersTopic}.vehicles`)).toBeGreaterThanOrEqual(3);
    // What other programs read: an event for each change of a station.
    await expect.poll(() => lettersIn(changesTopic), within).toBeGreaterThan(0);
    const published = await everythingInKafka(inject('brokers'), within, (topic) => topic === changesTopic);
    expect(published.join('')).toContain('"station_id":"dock"');
    expect(published.join('')).not.toContain(MARK);
  } finally {
    await worker.stop();
    await topics.admin.deleteTopics({ topics: [changesTopic] }).catch(() => {});
    await database.drop();
  }
  expect(said.length).toBeGreaterThan(0);
  expect(said.join('')).not.toContain(MARK);
});
