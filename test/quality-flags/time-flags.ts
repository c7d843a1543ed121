import { givenStation as station } from '../history/given-station.ts';
import { HOUR, MINUTE, many, type QualityStore } from '../workers/quality-store.ts';
import { type ServiceDay, serviceDay } from '../workers/service-day.ts';
import { at } from '../workers/test-store.ts';
import { END_SECOND, type FlagCases, failedPoll, type Given } from './flag-cases.ts';

const feed = 'station_status';

/** The content of a list before and after it changes. */
type List = (system: string, second: number, changed: boolean) => Parameters<QualityStore['message']>[0];

const stations =
  (count: number): List =>
  (system_id, second, changed) => ({
    system_id,
    second,
    body: { data: { stations: many(count, changed ? 2 : 1) } },
  });

const vehicles =
  (count: number): List =>
  (system_id, second, changed) => ({
    system_id,
    feed: 'free_bike_status',
    second,
    body: {
      data: {
        bikes: Array.from({ length: count }, (_, index) => ({
          bike_id: `b${index}`,
          lat: 52 + index / 1000,
          lon: changed ? 10.1 : 10,
          is_reserved: false,
          is_disabled: false,
        })),
      },
    },
  });

/** Changes in the first minute, then not any more. */
const still =
  (list: List, from: number, to: number): Given =>
  (store, system) => {
    const messages = [];
    for (let second = from; second <= to; second += MINUTE)
      messages.push(store.message(list(system, second, second > from)));
    return store.store(messages);
  };

const paused =
  (list: List): Given =>
  async (store, system) => {
    await still(list, 0, 40 * MINUTE)(store, system);
    const messages = [];
    for (let minute = 50; minute < 110; minute += 1)
      messages.push(store.message(list(system, minute * MINUTE, true)));
    await store.store(messages);
  };

const day =
  (moves: number, more?: ServiceDay): Given =>
  (store, system) =>
    serviceDay(store, system, moves, more);

/** One answered list, then hours without an answer, polled every hour and once at the end. */
const noAnswer =
  (outcome: 'failed' | 'empty', from: number, to: number): Given =>
  async (store, system_id) => {
    await store.poll(system_id, 0, many(2, 1));
    await noAnswerAgain(outcome, from, to)(store, system_id);
  };

const noAnswerAgain =
  (outcome: 'failed' | 'empty', from: number, to: number): Given =>
  (store, system_id) => {
    const seconds = [];
    for (let second = from; second < to; second += HOUR) seconds.push(second);
    return store.store(
      [...seconds, to].map((second) =>
        store.message(
          outcome === 'failed'
            ? failedPoll(system_id, feed, second)
            : { system_id, second, body: { data: { stations: [] } } },
        ),
      ),
    );
  };

const stationMoves: Given = (store, system) =>
  store.poll(system, END_SECOND, [station('still', 5, 5, reportedAgo(80 * HOUR)), station('a', 3, 5)]);

const reportedAgo = (seconds: number) => ({
  last_reported: (at(END_SECOND).getTime() - seconds * 1000) / 1000,
});

/** Flags that take hours. */
export const TIME_FLAGS: FlagCases[] = [
  ...[
    { way: 'stations', feed, enough: stations(20), few: { '19 stations': stations(19) } },
    {
      way: 'vehicles',
      feed: 'free_bike_status',
      enough: vehicles(50),
      few: { '49 vehicles': vehicles(49) },
    },
  ].map(({ way, feed, enough, few }) => ({
    flag: 'feed_frozen',
    way,
    feed,
    below: {
      '59 minutes': still(enough, 0, 60 * MINUTE),
      ...Object.fromEntries(
        Object.entries(few).map(([what, list]) => [what, still(list, 0, 61 * MINUTE)] as const),
      ),
      // Second 0 is at noon.
      'from 07:58 to 08:59': still(enough, 20 * HOUR - 2 * MINUTE, 21 * HOUR - MINUTE),
      'from 20:00 to 21:01': still(enough, 8 * HOUR, 9 * HOUR + MINUTE),
    },
    above: still(enough, 0, 61 * MINUTE),
    unobserved: { 'a pause': paused(enough) },
    end: (store: QualityStore, system: string) =>
      store.record(
        feed === 'station_status'
          ? stations(25)(system, END_SECOND, false)
          : vehicles(60)(system, END_SECOND, false),
      ),
  })),
  {
    flag: 'station_frozen',
    feed,
    below: {
      'the median station changed four times': day(4),
      'first seen two minutes after 06:00': day(5, { from: -6 + 2 / 60 }),
      'until two minutes before 22:00': day(5, { to: 10 - 2 / 60 }),
      'no bike': day(5, { still: [0, 10] }),
      'no dock': day(5, { still: [10, 0] }),
      'in the list for less than 15 hours': day(5, { gone: [1, 2.1] }),
    },
    above: day(5, { to: 10, skip: [1, 2] }),
    unobserved: { 'a pause of more than an hour': day(5, { skip: [1, 2.04] }) },
    end: stationMoves,
  },
  {
    flag: 'station_zombie',
    feed,
    below: {
      // The newest poll is 11 hours after noon.
      'reported 72 hours ago': day(5, { reportedHoursAgo: 61 }),
      'the median station changed four times': day(4),
    },
    above: day(5, { reportedHoursAgo: 61 + 1 / 3600 }),
    unobserved: { 'a pause of more than an hour': day(5, { skip: [1, 2.04] }) },
    end: (store, system) =>
      store.poll(system, END_SECOND, [station('still', 4, 6, reportedAgo(72 * HOUR)), station('a', 3, 5)]),
  },
  ...(['failed', 'empty'] as const).map((outcome) => ({
    flag: 'unreachable',
    way: outcome === 'failed' ? 'polls that fail' : 'empty lists',
    feed,
    below: { 'a second less than a day': noAnswer(outcome, MINUTE, 24 * HOUR + MINUTE - 1) },
    above: noAnswer(outcome, MINUTE, 24 * HOUR + MINUTE),
    unobserved: {
      'a pause of three hours and a minute': async (store: QualityStore, system: string) => {
        await noAnswer(outcome, MINUTE, 10 * HOUR)(store, system);
        await noAnswerAgain(outcome, 13 * HOUR + MINUTE, 37 * HOUR)(store, system);
      },
    },
    end: (store: QualityStore, system: string) => store.poll(system, END_SECOND, many(2, 1)),
  })),
];
