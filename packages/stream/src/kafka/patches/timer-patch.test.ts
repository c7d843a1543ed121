import { createHook } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { ensureTopics } from '../../topics.ts';
import { createKafka, kafkaSettings } from '../client.ts';
import { applyTimerPatch } from './timer-patch.ts';

const require = createRequire(import.meta.url);

describe('applyTimerPatch', () => {
  test('applies to the kafkajs that is installed', () => {
    expect(applyTimerPatch()).toBeUndefined();
    expect(applyTimerPatch()).toBeUndefined();
  });

  test('does not touch code that it was not written for, and names it', () => {
    class Renamed {}
    class Rewritten {
      scheduleCheckPendingRequests() {
        return 'something else';
      }
    }
    const { scheduleCheckPendingRequests } = Rewritten.prototype;
    expect(applyTimerPatch(Renamed)).toMatch(/scheduleCheckPendingRequests is gone/);
    expect(applyTimerPatch(Rewritten)).toMatch(/no longer uses this.throttledUntil/);
    expect(Rewritten.prototype.scheduleCheckPendingRequests).toBe(scheduleCheckPendingRequests);
    expect(applyTimerPatch(null)).toMatch(/cannot be loaded/);
  });

  test('a request that has to wait for a throttle is sent after it', async () => {
    applyTimerPatch();
    const queue = newRequestQueue();
    const sent = Promise.withResolvers<void>();
    queue.maybeThrottle(20);
    const startedAt = performance.now();
    queue.push({ entry: { correlationId: 1 }, expectResponse: true, sendRequest: sent.resolve });
    await sent.promise;
    expect(performance.now() - startedAt).toBeGreaterThan(18);
    expect(queue.throttleCheckTimeoutId).toBeNull();
    queue.destroy();
  });
});

function newRequestQueue() {
  const RequestQueue = require('kafkajs/src/network/requestQueue');
  const logger = { debug() {}, warn() {} };
  return new RequestQueue({
    maxInFlightRequests: null,
    requestTimeout: 1000,
    clientId: 'test',
    broker: 'x:1',
    logger,
  });
}

describe('an idle client', () => {
  const topic = `timer-patch-${randomUUID()}`;
  const own = { pollsTopic: topic, deadLettersTopic: `${topic}.dead-letters` };
  const settings = kafkaSettings.parse({ KAFKA_BROKERS: inject('brokers'), KAFKA_TOPIC_PARTITIONS: '1' });
  const kafka = createKafka(settings, { clientId: 'timer-patch' });
  const admin = kafka.admin();
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 200 });

  afterAll(async () => {
    await consumer.disconnect();
    await admin.deleteTopics({ topics: Object.values(own) });
    await admin.disconnect();
  });

  test('does not re-arm timers: a few for each fetch instead of one every millisecond', async () => {
    await admin.connect();
    await ensureTopics(kafka, { ...settings, ...own });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ eachMessage: async () => {} });
    const emptyFetches = (count: number) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      let seen = 0;
      const off = consumer.on(consumer.events.FETCH, () => {
        seen += 1;
        if (seen < count) return;
        off();
        resolve();
      });
      return promise;
    };
    await emptyFetches(1);
    let timers = 0;
    const hook = createHook({
      init: (_id, type) => {
        if (type === 'Timeout') timers += 1;
      },
    }).enable();
    await emptyFetches(5);
    hook.disable();
    // Unpatched: 1,000 a second and connection, whatever the machine; here five waits of 200 ms on two connections.
    expect(timers).toBeLessThan(100);
  });
});
