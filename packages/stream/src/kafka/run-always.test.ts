import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Consumer } from './kafka-types.ts';
import { isFinal, runAlways } from './run-always.ts';

const initializeConsumerOffsets = createRequire(import.meta.url)(
  'kafkajs/src/consumer/offsetManager/initializeConsumerOffsets.js',
);

// The moment at which a lone broker has to be killed for this is a matter of milliseconds: test/faults/kills.test.ts meets it now and then.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const passing = Object.assign(new Error('no coordinator'), { name: 'KafkaJSGroupCoordinatorNotFound' });

/** The kafkajs that is installed, at a partition that its topic no longer has. */
function mistakeOfKafkajs(): Error {
  try {
    initializeConsumerOffsets([{ topic: 'polls', partitions: [{ partition: 2, offset: '-1' }] }], []);
  } catch (cause) {
    return Object.assign(new Error((cause as Error).message, { cause }), {
      name: 'KafkaJSNonRetriableError',
    });
  }
  throw new Error('kafkajs takes it now');
}

function consumer() {
  const events = new EventEmitter();
  const run = vi.fn(async () => {});
  return {
    run,
    crash: (error: Error, restart = false) => events.emit('crash', { payload: { error, restart } }),
    disconnect: () => events.emit('disconnect'),
    consumer: {
      events: { CRASH: 'crash', DISCONNECT: 'disconnect' },
      on: events.on.bind(events),
      run,
    } as unknown as Consumer,
  };
}

test('a consumer that found no coordinator runs again, as often as that happens', async () => {
  const one = consumer();
  await runAlways(one.consumer, {});
  for (const runs of [2, 3]) {
    one.disconnect();
    one.crash(passing);
    await vi.runAllTimersAsync();
    expect(one.run).toHaveBeenCalledTimes(runs);
  }
});

test('it runs again also where kafkajs wraps that error in another', async () => {
  const one = consumer();
  await runAlways(one.consumer, {});
  one.crash(
    Object.assign(new Error('no coordinator', { cause: passing }), { name: 'KafkaJSNonRetriableError' }),
  );
  await vi.runAllTimersAsync();
  expect(one.run).toHaveBeenCalledTimes(2);
});

test('it does not run again after another error, where kafkajs does it, or when it was disconnected meanwhile', async () => {
  const one = consumer();
  await runAlways(one.consumer, {});
  one.crash(new Error('something else'));
  one.crash(passing, true);
  one.crash(passing);
  one.disconnect();
  await vi.runAllTimersAsync();
  expect(one.run).toHaveBeenCalledTimes(1);
});

test('it runs again after a mistake of kafkajs, and not after one of ours', async () => {
  const one = consumer();
  await runAlways(one.consumer, {});
  one.disconnect();
  one.crash(mistakeOfKafkajs());
  await vi.runAllTimersAsync();
  expect(one.run).toHaveBeenCalledTimes(2);
  expect(isFinal({ restart: false, error: new Error('ours', { cause: new TypeError('ours') }) })).toBe(true);
});
