import { randomUUID } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ensureTopics } from '../../topics.ts';
import { createKafka, kafkaSettings } from '../client.ts';
import { createProducer } from '../producer.ts';
import { isFinal, runAlways } from '../run-always.ts';
import { applyConnectionPatch } from './connection-patch.ts';

describe('applyConnectionPatch', () => {
  test('applies to the kafkajs that is installed', () => {
    expect(applyConnectionPatch()).toBeUndefined();
    expect(applyConnectionPatch()).toBeUndefined();
  });

  test('does not touch code that it was not written for, and names it', () => {
    class Renamed {}
    class Rewritten {
      connect() {
        return 'something else';
      }
    }
    const { connect } = Rewritten.prototype;
    expect(applyConnectionPatch(Renamed)).toMatch(/connect is gone/);
    expect(applyConnectionPatch(Rewritten)).toMatch(/no longer uses this.isConnected/);
    expect(Rewritten.prototype.connect).toBe(connect);
    expect(applyConnectionPatch(null)).toMatch(/cannot be loaded/);
  });
});

/** From the first one on a new connection to the first records, and some more. */
const ANSWERS = 12;

/** Connections to the broker that break in the middle of an answer. */
class BreakingLine {
  readonly #server: Server;
  readonly #pairs = new Set<[near: Socket, far: Socket]>();
  opened = 0;
  /** The answer after so many ends after half of its bytes, and the connection with it. */
  breakAfter = Number.POSITIVE_INFINITY;

  constructor() {
    const [host, port] = (inject('brokers').split(',')[0] ?? '').split(':');
    this.#server = createServer((near) => {
      this.opened += 1;
      const far = connect(Number(port), host);
      const pair: [Socket, Socket] = [near, far];
      this.#pairs.add(pair);
      near.on('data', (bytes) => far.write(bytes));
      far.on('data', (bytes: Buffer) => this.#answer(near, far, bytes));
      for (const socket of pair) {
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#pairs.delete(pair);
          for (const other of pair) other.destroy();
        });
      }
    });
  }

  #answer(near: Socket, far: Socket, bytes: Buffer): void {
    this.breakAfter -= 1;
    if (this.breakAfter !== -1) {
      near.write(bytes);
      return;
    }
    far.removeAllListeners('data');
    near.end(bytes.subarray(0, bytes.length / 2));
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  close(): void {
    this.#server.close();
    this.breakAll();
  }

  breakAll(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  /** Whatever address the broker tells, the line is what is connected to. */
  client(): Kafka {
    const { port } = this.#server.address() as AddressInfo;
    return new Kafka({
      clientId: 'breaking',
      brokers: inject('brokers').split(','),
      logLevel: logLevel.NOTHING,
      requestTimeout: 3_000,
      retry: { retries: 2, initialRetryTime: 50 },
      socketFactory: ({ onConnect }) => connect(port, '127.0.0.1', onConnect),
    });
  }
}

describe('a line to Kafka that breaks', () => {
  const topic = `connection-patch-${randomUUID()}`;
  const own = { pollsTopic: topic, deadLettersTopic: `${topic}.dead-letters` };
  const settings = kafkaSettings.parse({ KAFKA_BROKERS: inject('brokers'), KAFKA_TOPIC_PARTITIONS: '1' });
  const kafka = createKafka(settings, { clientId: 'connection-patch' });
  const admin = kafka.admin();
  const producer = createProducer(kafka);
  const line = new BreakingLine();

  beforeAll(async () => {
    await Promise.all([line.open(), admin.connect(), producer.connect()]);
    await ensureTopics(kafka, { ...settings, ...own });
  });
  afterAll(async () => {
    line.close();
    await admin.deleteTopics({ topics: Object.values(own) });
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  });

  test('in the middle of an answer leaves nothing of it: the next requests share a new line, on which their answers are read as they are', async () => {
    const client = line.client().admin();
    await client.connect();
    const wanted = await client.fetchTopicOffsets(topic);
    line.breakAfter = 0;
    await expect(client.fetchTopicOffsets(topic)).rejects.toThrow();
    line.breakAfter = Number.POSITIVE_INFINITY;
    const before = line.opened;
    const asked = Array.from({ length: 5 }, () => client.fetchTopicOffsets(topic));
    expect(await Promise.all(asked)).toEqual(asked.map(() => wanted));
    expect(line.opened - before).toBe(1);
    await client.disconnect();
  });

  test('in the middle of any of the answers with which a consumer joins and reads costs no record and does not end it', async () => {
    const keys = Array.from({ length: 30 }, (_, index) => String(index));
    await producer.send({ topic, messages: keys.map((key) => ({ key, value: Buffer.alloc(2_000, 1) })) });
    const broken = Array.from({ length: ANSWERS }, (_, index) => readOverLine(index));
    expect(await Promise.all(broken)).toEqual(broken.map(() => keys));
  }, 60_000);

  async function readOverLine(breakAfter: number): Promise<string[]> {
    const line = new BreakingLine();
    await line.open();
    line.breakAfter = breakAfter;
    const consumer = line.client().consumer({
      groupId: `${topic}-${breakAfter}`,
      maxWaitTimeInMs: 100,
      sessionTimeout: 6_000,
      rebalanceTimeout: 6_000,
    });
    const seen = new Set<string>();
    const { promise: done, resolve, reject } = Promise.withResolvers<void>();
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (isFinal(payload)) reject(payload.error);
    });
    for (let ready = false; !ready; )
      ready = await consumer
        .connect()
        .then(() => consumer.subscribe({ topic, fromBeginning: true }))
        .then(
          () => true,
          () => false,
        );
    await runAlways(consumer, {
      eachMessage: async ({ message }) => {
        seen.add(String(message.key));
        if (seen.size === 30) resolve();
      },
    });
    await done;
    await consumer.disconnect();
    line.close();
    return [...seen];
  }
});
