import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bodyOf,
  HOUR,
  MINUTE,
  many,
  openQualityStore,
  type QualityStore,
} from '../../../test/workers/quality-store.ts';
import { START } from '../../../test/workers/test-store.ts';

let store: QualityStore;
beforeAll(async () => {
  store = await openQualityStore();
});
afterAll(() => store[Symbol.asyncDispose]());

describe('feed_frozen', () => {
  /** Moves at the second minute, then stands still. */
  const stillUntil = (system: string, from: number, to: number, count = 20) =>
    store.pollEvery(MINUTE, system, [from, to], (second) => many(count, second > from ? 2 : 1));

  test('an hour without a change, and no minute less, until something changes', async () => {
    await stillUntil('still', 0, 60 * MINUTE);
    expect(await store.issues('still')).toEqual([]);
    await store.poll('still', 61 * MINUTE, many(20, 2));
    expect(await store.issues('still')).toEqual(['feed_frozen 60..']);
    await store.poll('still', 62 * MINUTE, many(20, 3));
    expect(await store.issues('still')).toEqual(['feed_frozen 60..3720']);
  });

  test('not with 19 stations, and not after unobserved time', async () => {
    await stillUntil('few', 0, 70 * MINUTE, 19);
    await stillUntil('gap', 0, 40 * MINUTE);
    await stillUntil('gap', 50 * MINUTE, 100 * MINUTE);
    expect([await store.issues('few'), await store.issues('gap')]).toEqual([[], []]);
  });

  test('it begins by day alone, and goes on in the night', async () => {
    // 21:00 at night is second 32,400; 08:00 the next morning 72,000.
    await stillUntil('night', 8.5 * HOUR, 19.9 * HOUR);
    expect(await store.issues('night')).toEqual([]);
    await stillUntil('day', 7.9 * HOUR, 9 * HOUR);
    expect(await store.issues('day')).toHaveLength(1);
    await store.pollEvery(MINUTE, 'day', [9 * HOUR + 60, 12 * HOUR], () => many(20, 2));
    expect(await store.issues('day')).toEqual([`feed_frozen ${7.9 * HOUR + 60}..`]);
  });
});

describe('the facts of one body', () => {
  test('stamp_future: more than a minute ahead, of the feed or of a station', async () => {
    const now = START / 1000;
    await store.record({ system_id: 'ahead', second: 0, ...bodyOf(many(3, 1), { last_updated: now + 60 }) });
    expect(await store.flagsOf('ahead')).toEqual([]);
    await store.record({
      system_id: 'ahead',
      second: 60,
      ...bodyOf(many(3, 1), { last_updated: now + 60 + 61 }),
    });
    expect(await store.flagsOf('ahead')).toEqual(['stamp_future']);
    await store.record({
      system_id: 'ahead',
      second: 120,
      ...bodyOf(many(3, 1), { last_updated: now + 125 }),
    });
    expect(await store.issues('ahead')).toEqual(['stamp_future 60..120']);
    await store.record({
      system_id: 'ahead',
      second: 180,
      ...bodyOf(many(3, 1, (index) => ({ last_reported: now + 180 + (index === 1 ? 61 : 0) }))),
    });
    expect(await store.flagsOf('ahead')).toEqual(['stamp_future']);
  });

  test('feed_stamp_frozen: the third change under one stamp, through a restart and a poll that failed', async () => {
    const last_updated = START / 1000 - 30;
    for (const minute of [0, 1, 2])
      await store.record({
        system_id: 'stamp',
        second: minute * MINUTE,
        ...bodyOf(many(2, minute), { last_updated }),
      });
    expect(await store.flagsOf('stamp')).toEqual([]);
    store.restart();
    await store.record({
      system_id: 'stamp',
      second: 170,
      outcome: 'failed',
      error: 'timeout',
      http_status: null,
    });
    await store.record({ system_id: 'stamp', second: 180, ...bodyOf(many(2, 2), { last_updated }) });
    expect(await store.flagsOf('stamp')).toEqual([]);
    await store.record({ system_id: 'stamp', second: 240, ...bodyOf(many(2, 3), { last_updated }) });
    expect(await store.issues('stamp')).toEqual(['feed_stamp_frozen 0..']);
    await store.record({
      system_id: 'stamp',
      second: 300,
      ...bodyOf(many(2, 3), { last_updated: last_updated + 300 }),
    });
    expect(await store.issues('stamp')).toEqual(['feed_stamp_frozen 0..300']);
  });

  test('ttl_lie: more than one change in twenty came later than five ttls, until few do; unobserved time is no late change', async () => {
    const changes = (system: string, slow: number, from = 0) => {
      let second = from;
      const messages = [];
      for (let change = 0; change <= 41; change += 1) {
        messages.push(
          store.message({ system_id: system, second, ...bodyOf(many(20, change % 2), { ttl: 60 }) }),
        );
        for (let minute = 1; minute <= (change < slow ? 6 : 1); minute += 1)
          if (minute < (change < slow ? 6 : 1))
            messages.push(
              store.message({
                system_id: system,
                second: second + minute * MINUTE,
                ...bodyOf(many(20, change % 2), { ttl: 60 }),
              }),
            );
        second += (change < slow ? 6 : 1) * MINUTE;
      }
      return store.store(messages);
    };
    await changes('honest', 3);
    await changes('lying', 4);
    expect([await store.flagsOf('honest'), await store.flagsOf('lying')]).toEqual([[], ['ttl_lie']]);
    // Every pause between these three runs is of hours, and one more late change each would be too many.
    for (const hour of [2, 4]) await changes('honest', 2, hour * HOUR);
    await changes('lying', 0, 2 * HOUR);
    expect([await store.flagsOf('honest'), await store.flagsOf('lying')]).toEqual([[], []]);
  });

  test('ttl_lie: a change is late if the poll before it was already five ttls late, however rare the polls are', async () => {
    /** Polled 60 times, with a change at each poll, save those that `isStill` names. */
    const asked = (system: string, everySeconds: number, isStill: (poll: number) => boolean) => {
      let bikes = 0;
      return store.store(
        Array.from({ length: 60 }, (_, poll) => {
          if (!isStill(poll)) bikes = 1 - bikes;
          return store.message({
            system_id: system,
            second: poll * everySeconds,
            ...bodyOf(many(20, bikes), { ttl: 60 }),
          });
        }),
      );
    };
    await asked('rare', 301, () => false);
    await asked('one-late', 20 * MINUTE, (poll) => poll % 10 === 1);
    await asked('almost', 299, (poll) => poll % 2 === 1);
    await asked('late', 300, (poll) => poll % 2 === 1);
    await asked('rare-late', 301, (poll) => poll % 2 === 1);
    expect([
      await store.flagsOf('rare'),
      await store.flagsOf('one-late'),
      await store.flagsOf('almost'),
      await store.flagsOf('late'),
      await store.flagsOf('rare-late'),
    ]).toEqual([[], [], [], ['ttl_lie'], ['ttl_lie']]);
  });
});

describe('unreachable', () => {
  const fail = (system_id: string, from: number, to: number) =>
    store.store(
      Array.from({ length: Math.floor((to - from) / HOUR) + 1 }, (_, hour) =>
        store.message({
          system_id,
          second: from + hour * HOUR,
          outcome: 'failed',
          error: 'timeout',
          http_status: null,
        }),
      ),
    );

  test('24 hours of failures, not 23, until it answers', async () => {
    await store.poll('away', 0, many(2, 1));
    await fail('away', 60, 23 * HOUR + 60);
    expect(await store.issues('away')).toEqual([]);
    await fail('away', 24 * HOUR + 60, 24 * HOUR + 60);
    expect(await store.issues('away')).toEqual(['unreachable 60..']);
    await store.poll('away', 26 * HOUR, many(2, 1));
    expect(await store.issues('away')).toEqual([`unreachable 60..${26 * HOUR}`]);
  });

  const failAt = (system_id: string, ...hours: number[]) =>
    store.store(
      hours.map((hour) =>
        store.message({
          system_id,
          second: hour * HOUR,
          outcome: 'failed',
          error: 'timeout',
          http_status: null,
        }),
      ),
    );

  test('where polls are up to a day apart by rule, three that failed: of a ttl of a day, or of a system that has ended', async () => {
    await store.poll('daily', 0, many(2, 1));
    await failAt('daily', 24.5, 49.7);
    expect(await store.issues('daily')).toEqual([]);
    await failAt('daily', 73.8);
    expect(await store.issues('daily')).toEqual([`unreachable ${24.5 * HOUR}..`]);
    await failAt('daily', 98.5, 122.9);
    expect(await store.issues('daily')).toEqual([`unreachable ${24.5 * HOUR}..`]);
    await store.poll('daily', 147 * HOUR, many(2, 1));
    expect(await store.issues('daily')).toEqual([`unreachable ${24.5 * HOUR}..${147 * HOUR}`]);
  });

  test('Retry-After of six hours is no pause: a day of such polls is unreachable, and no hour less', async () => {
    await store.poll('later', 0, many(2, 1));
    await failAt('later', 1, 7.1, 13.2, 19.3, 24.9);
    expect(await store.issues('later')).toEqual([]);
    await failAt('later', 30.9);
    expect(await store.issues('later')).toEqual([`unreachable ${HOUR}..`]);
  });

  test('nights in which nobody polled, pauses of other lengths, and longer ones are pauses', async () => {
    for (const system of ['nights', 'halting', 'slow']) await store.poll(system, 0, many(2, 1));
    for (const day of [0, 1, 2]) await fail('nights', day * 24 * HOUR + 60, (day * 24 + 12) * HOUR);
    await failAt('halting', 1, 21, 45.5);
    await failAt('slow', 1, 27.1, 53.2, 79.3);
    expect([await store.issues('nights'), await store.issues('halting'), await store.issues('slow')]).toEqual(
      [[], [], []],
    );
  });

  test('a day without polls proves nothing', async () => {
    await store.poll('unasked', 0, many(2, 1));
    await fail('unasked', 60, 60);
    await fail('unasked', 26 * HOUR, 27 * HOUR);
    expect(await store.issues('unasked')).toEqual([]);
  });

  test('its day begins after the newest pause in polling', async () => {
    await store.poll('paused', 0, many(2, 1));
    await fail('paused', 60, 10 * HOUR);
    await fail('paused', 15 * HOUR, 38 * HOUR);
    expect(await store.issues('paused')).toEqual([]);
    await fail('paused', 39 * HOUR, 39 * HOUR);
    expect(await store.issues('paused')).toEqual([`unreachable ${15 * HOUR}..`]);
  });
});
