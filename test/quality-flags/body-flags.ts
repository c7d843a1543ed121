import { givenStation as station } from '../history/given-station.ts';
import { bodyOf, MINUTE, many, type QualityStore } from '../workers/quality-store.ts';
import { type GivenStation, START } from '../workers/test-store.ts';
import { END_SECOND, type FlagCases, failedPoll, type Given } from './flag-cases.ts';

const NOW = START / 1000;
const feed = 'station_status';

const body =
  (stations: GivenStation[], more: object = {}): Given =>
  (store, system_id) =>
    store.record({ system_id, second: 0, ...bodyOf(stations, more) });

const goodBody: Given = (store, system_id) =>
  store.record({ system_id, second: END_SECOND, ...bodyOf([station('1', 3, 1)]) });

/** This many bodies, a minute apart, each with other counts than the one before, and all with the same last_updated. */
const bodiesUnderOneStamp =
  (bodies: number): Given =>
  async (store, system_id) => {
    for (let at = 0; at < bodies; at += 1)
      await store.record({
        system_id,
        second: at * MINUTE,
        ...bodyOf(many(2, at % 2), { last_updated: NOW - 30 }),
      });
  };

/**
 * Stations that change, are seen unchanged for the given seconds, and change at the next poll, and so on. 0: they
 * change at consecutive polls. They are polled every minute.
 * @returns when they changed last
 */
async function change(
  store: QualityStore,
  system_id: string,
  unchangedSeconds: number[],
  stations = 20,
): Promise<number> {
  let second = 0;
  let bikes = 0;
  const messages: ReturnType<QualityStore['message']>[] = [];
  const poll = (at: number) =>
    messages.push(store.message({ system_id, second: at, ...bodyOf(many(stations, bikes), { ttl: 60 }) }));
  // The first poll does not count as a change.
  poll(-MINUTE);
  bikes = 1;
  poll(second);
  for (const unchanged of unchangedSeconds) {
    for (let after = MINUTE; after < unchanged; after += MINUTE) poll(second + after);
    if (unchanged > 0) poll(second + unchanged);
    second += unchanged + MINUTE;
    bikes = 1 - bikes;
    poll(second);
  }
  await store.store(messages);
  return second;
}

const times = (count: number, seconds: number) => Array.from({ length: count }, () => seconds);

/** What one body shows, or several bodies in turn. */
export const BODY_FLAGS: FlagCases[] = [
  ...[
    { way: 'last_updated', ahead: (seconds: number) => body(many(2, 1), { last_updated: NOW + seconds }) },
    {
      way: 'last_reported',
      ahead: (seconds: number) => body(many(2, 1, (index) => ({ last_reported: NOW + index * seconds }))),
    },
  ].map(({ way, ahead }) => ({
    flag: 'stamp_future',
    way,
    feed,
    below: { '60 s': ahead(60) },
    above: ahead(61),
    end: goodBody,
  })),
  {
    flag: 'last_reported_uniform',
    way: 'stations',
    feed,
    below: {
      '19 stations': body(many(19, 1, () => ({ last_reported: NOW }))),
      'one differs': body(many(20, 1, (index) => ({ last_reported: NOW - (index === 0 ? 1 : 0) }))),
    },
    above: body(many(20, 1, () => ({ last_reported: NOW }))),
    end: goodBody,
  },
  {
    flag: 'feed_stamp_frozen',
    feed,
    below: { '2 changes': bodiesUnderOneStamp(3) },
    above: bodiesUnderOneStamp(4),
    unobserved: {
      'a poll that failed is no change': async (store, system) => {
        await bodiesUnderOneStamp(3)(store, system);
        await store.record(failedPoll(system, feed, 3 * MINUTE));
        await store.record({
          system_id: system,
          second: 4 * MINUTE,
          ...bodyOf(many(2, 0), { last_updated: NOW - 30 }),
        });
      },
    },
    end: (store, system_id) =>
      store.record({
        system_id,
        second: END_SECOND,
        ...bodyOf(many(2, 1), { last_updated: NOW + END_SECOND }),
      }),
  },
  {
    flag: 'ttl_lie',
    feed,
    below: {
      '1 late change of 20': (store, system) => change(store, system, [300, ...times(19, 0)]),
      '2 changes, not five ttls late': (store, system) =>
        change(store, system, [...times(2, 299), ...times(18, 0)]),
      '19 changes': (store, system) => change(store, system, times(19, 300)),
      '19 stations': (store, system) => change(store, system, [...times(2, 300), ...times(18, 0)], 19),
    },
    above: (store, system) => change(store, system, [...times(2, 300), ...times(18, 0)]),
    unobserved: {
      'a change after a pause of an hour is not late': async (store, system) => {
        const changedAt = await change(store, system, [300, ...times(19, 0)]);
        await store.record({
          system_id: system,
          second: changedAt + 60 * MINUTE,
          ...bodyOf(many(20, 9), { ttl: 60 }),
        });
      },
    },
    end: goodBody,
  },
  ...[
    { way: 'huge', below: 998, above: 999 },
    { way: 'negative', below: 0, above: -1 },
  ].map(({ way, below, above }) => ({
    flag: 'negative_or_huge',
    way,
    feed,
    below: { [`${below}`]: body([station('1', below, 1)]) },
    above: body([station('1', above, 1)]),
    end: goodBody,
  })),
  {
    flag: 'types_mismatch',
    feed,
    below: { 'the sum of all': body([typed(2, 1)]), 'a count that is not known': body([typed(4, null)]) },
    above: body([typed(2, 2)]),
    end: goodBody,
  },
  {
    flag: 'duplicate_id',
    way: 'in one body',
    feed,
    below: { 'two ids': body([station('1', 3, 1), station('2', 3, 1)]) },
    above: body([station('1', 3, 1), station('1', 3, 1)]),
    end: goodBody,
  },
];

/** Three bikes. */
function typed(...counts: (number | null)[]): GivenStation {
  return station('1', 3, 1, {
    vehicle_types_available: counts.map((count, index) => ({ vehicle_type_id: `t${index}`, count })),
  });
}
