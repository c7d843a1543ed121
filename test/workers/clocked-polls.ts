import type { KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import { type GivenPoll, START, type TestStore } from './test-store.ts';

/** Polls of ingest workers whose clocks are wrong, and what the views say of the feeds after them. */

/** Now, in seconds of the test's time. */
export const NOW = Math.floor((Date.now() - START) / 1000);
export const YEAR = 366 * 86_400;

const LIST = { ttl: 60, data: { stations: [{ station_id: '1', num_bikes_available: 1 }] } };

export type ClockedPoll = Partial<GivenPoll> & { system_id: string; ahead?: number };

/** A poll that reaches Kafka at second `second`, or `NOW`, and whose ingest has a clock that is `ahead` seconds ahead. */
export function clockedPoll(
  store: TestStore,
  { ahead = 0, second = NOW, ...given }: ClockedPoll,
): KafkaMessage {
  return {
    ...store.message({ second: second + ahead, body: LIST, ...given }),
    timestamp: String(START + second * 1000),
  };
}

export async function healthOf(store: TestStore, system_id: string, feed = 'station_status') {
  const rows = await store.ask('select * from api.feed_health where system_id = $1 and feed = $2', [
    system_id,
    feed,
  ]);
  return rows[0];
}

export function coverageOf(store: TestStore, system_id: string) {
  return store.ask(
    'select outcome, polls::int from api.feed_coverage where system_id = $1 order by from_at',
    [system_id],
  );
}
