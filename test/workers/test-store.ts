import { type PartitionState, type StoreContext, storeRecords } from '@velolog/store/intake/store-records';
import { encodeForget } from '@velolog/stream/forget-record';
import type { KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import { encodePoll, type PollRecord, pollId } from '@velolog/stream/poll-record';
import pg from 'pg';
import { createTestDatabase } from '../servers/test-database.ts';
import { ANSWERED } from './answered.ts';
import { openStoreContext } from './store-context.ts';

/** A station in a test; missing values are absent from the body. */
export type GivenStation = { station_id: string } & Record<string, unknown>;

/**
 * A poll in a test. The body is an object or, if it should not be JSON, a string. An `unchanged` poll refers to the
 * last body given for its feed, as ingest does, unless it says otherwise.
 */
export type GivenPoll = Partial<Omit<PollRecord, 'body'>> & {
  system_id: string;
  second: number;
  body?: object | string;
};

/** The store with its own database, which gets polls directly: everything of the worker except Kafka's consumer. */
export type TestStore = AsyncDisposable & {
  /** Stores a station_status of `system` fetched `second` seconds after the start of the test's time. */
  poll(system: string, second: number, stations: GivenStation[], more?: Partial<GivenPoll>): Promise<void>;
  record(poll: GivenPoll): Promise<void>;
  /** Stores polls of `system` in one transaction: one every `seconds` seconds between two times, both included. */
  pollEvery(
    seconds: number,
    system: string,
    between: [from: number, to: number],
    stationsAt: (second: number) => GivenStation[],
  ): Promise<void>;
  /** Stores a system_information with the time zone. */
  tellTimezone(system_id: string, timezone: string): Promise<void>;
  /** Stores records in one transaction. */
  store(messages: KafkaMessage[]): Promise<void>;
  message(poll: GivenPoll): KafkaMessage;
  /** A record that says to forget the system. */
  forgetMessage(system_id: string): KafkaMessage;
  /** Queries as the owner of the tables. Times are returned as seconds since the start of the test's time. */
  ask(query: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Discards what the worker remembers, as a restart does. */
  restart(): void;
  letters: { reason: string; offset: string }[];
  context: StoreContext;
  state: PartitionState;
  url: string;
  readerUrl: string;
};

/** Noon of a day in the middle of a month: second 0 of every test. */
export const START = Date.UTC(2026, 5, 15, 12);

/** Second `second` of the test's time. */
export const at = (second: number): Date => new Date(START + second * 1000);

export async function openTestStore(): Promise<TestStore> {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url, types: { getTypeParser: parserOf } });
  await client.connect();
  const letters: TestStore['letters'] = [];
  const { context, state } = await openStoreContext(database.url, async (_, sent) => {
    letters.push(...sent.map(({ reason, message }) => ({ reason, offset: message.offset })));
  });
  let offset = 0;
  const bodies = new Map<string, string>();
  const message: TestStore['message'] = (poll) => {
    const { system_id, feed = ANSWERED.feed, outcome = 'fetched' } = poll;
    const place = `${system_id}/${feed}`;
    const fetched_at = poll.fetched_at ?? at(poll.second);
    if (outcome === 'fetched') bodies.set(place, pollId({ system_id, feed, fetched_at }));
    const body_id = outcome === 'unchanged' ? (bodies.get(place) ?? null) : null;
    return toMessage({ body_id, ...poll }, offset++);
  };
  const store = (messages: KafkaMessage[]) => storeRecords(context, state, messages);
  return {
    poll: (system_id, second, stations, more = {}) =>
      store([
        message({
          system_id,
          second,
          body: { last_updated: 1_781_524_800, ttl: 60, data: { stations } },
          ...more,
        }),
      ]),
    record: (poll) => store([message(poll)]),
    pollEvery: (seconds, system_id, [from, to], stationsAt) => {
      const messages: KafkaMessage[] = [];
      for (let second = from; second <= to; second += seconds)
        messages.push(message({ system_id, second, body: { data: { stations: stationsAt(second) } } }));
      return store(messages);
    },
    tellTimezone: (system_id, timezone) =>
      store([
        message({
          system_id,
          feed: 'system_information',
          second: 0,
          body: { data: { system_id, timezone } },
        }),
      ]),
    store,
    message,
    forgetMessage: (system_id) => {
      const { key, value, headers } = encodeForget(system_id, new Date());
      const place = message({ system_id, second: 0, outcome: 'failed' });
      return { ...place, key: Buffer.from(key), value, headers } as KafkaMessage;
    },
    ask: async (query, values = []) => (await client.query(query, values)).rows,
    restart: () => state.systems.clear(),
    letters,
    context,
    state,
    url: database.url,
    readerUrl: database.readerUrl,
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await context.pool.end();
      await database.drop();
    },
  };
}

function toMessage({ second, body, ...poll }: GivenPoll, offset: number): KafkaMessage {
  const text = body === undefined || typeof body === 'string' ? (body ?? '') : JSON.stringify(body);
  const { key, value, headers } = encodePoll({
    ...ANSWERED,
    fetched_at: new Date(START + second * 1000),
    ...poll,
    body: Buffer.from(text),
  });
  return {
    key: Buffer.from(key),
    value,
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
    timestamp: String(START + second * 1000),
    offset: String(offset),
    attributes: 0,
  };
}

const TIMESTAMPTZ = 1184;

function parserOf(oid: number, format?: 'text' | 'binary') {
  if (oid === TIMESTAMPTZ) return (text: string) => (Date.parse(text) - START) / 1000;
  return pg.types.getTypeParser(oid, format as 'text');
}
