import { pollId } from '@velolog/stream/poll-record';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import {
  bodyOf,
  HOUR,
  MINUTE,
  openQualityStore,
  place,
  places,
  type QualityStore,
} from '../../../test/workers/quality-store.ts';
import { type ServiceDay, serviceDay } from '../../../test/workers/service-day.ts';
import { type GivenPoll, START, at as secondAt } from '../../../test/workers/test-store.ts';

let store: QualityStore;
beforeAll(async () => {
  store = await openQualityStore();
});
afterAll(() => store[Symbol.asyncDispose]());

describe('stations', () => {
  test('over_capacity: one more than the capacity, and none where the capacity is 0', async () => {
    await store.inform('room', 0, [
      { station_id: '1', name: 'A', lat: 59.9, lon: 10.7, capacity: 10 },
      { station_id: '2', name: 'B', lat: 59.91, lon: 10.7, capacity: 0 },
    ]);
    await store.poll('room', 0, [station('1', 5, 4, { num_bikes_disabled: 1 }), station('2', 5, 5)]);
    expect(await store.issues('room')).toEqual([]);
    await store.poll('room', 60, [station('1', 6, 4, { num_bikes_disabled: 1 }), station('2', 5, 5)]);
    expect(await store.issues('room')).toEqual(['over_capacity 1 60..']);
    await store.poll('room', 120, [station('2', 5, 5)]);
    expect(await store.issues('room'), 'a station that is gone has no issue').toEqual([
      'over_capacity 1 60..120',
    ]);
  });

  const dayOf = (system: string, moves: number, more?: ServiceDay) => serviceDay(store, system, moves, more);

  test('station_frozen: a whole service day, while the median station changed five times; a zombie has not reported either', async () => {
    await dayOf('day-5', 5);
    expect(await store.issues('day-5')).toEqual([
      `station_frozen still ${-7 * HOUR}..`,
      `station_zombie still ${-7 * HOUR}..`,
    ]);
    await store.poll('day-5', 20 * HOUR, [station('still', 4, 6), station('a', 3, 5)]);
    expect(await store.flagsOf('day-5'), 'it reports nothing, and stays').toEqual(['station_frozen']);
    await store.poll('day-5', 20 * HOUR + 60, [station('still', 5, 5), station('a', 3, 5)]);
    expect((await store.issues('day-5'))[0]).toBe(`station_frozen still ${-7 * HOUR}..${20 * HOUR + 60}`);
  });

  test('station_zombie: it has not reported for more than 72 hours, no hour less', async () => {
    // The day ends at 11 hours after noon.
    await dayOf('reported', 5, { reportedHoursAgo: 60.9 });
    await dayOf('silent', 5, { reportedHoursAgo: 61.1 });
    expect([await store.flagsOf('reported'), await store.flagsOf('silent')]).toEqual([
      ['station_frozen'],
      ['station_frozen', 'station_zombie'],
    ]);
  });

  test('station_zombie: not on a day with two unobserved hours, however long ago it reported; and unobserved time does not end it', async () => {
    await dayOf('unseen-silent', 8, { skip: [1, 3.2] });
    expect(await store.flagsOf('unseen-silent')).toEqual([]);
    await dayOf('silent-away', 5);
    const failed = { outcome: 'failed', error: 'timeout', http_status: null } as const;
    await store.record({ system_id: 'silent-away', second: 30 * HOUR, ...failed });
    const zombie = async () =>
      (await store.issues('silent-away')).filter((issue) => issue.startsWith('station_zombie'));
    expect(await zombie()).toEqual([`station_zombie still ${-7 * HOUR}..`]);
    await store.poll('silent-away', 60 * HOUR, [
      station('still', 4, 6, { last_reported: START / 1000 + 60 * HOUR }),
      station('a', 3, 5),
    ]);
    expect(await zombie(), 'until it has reported').toEqual([
      `station_zombie still ${-7 * HOUR}..${60 * HOUR}`,
    ]);
  });

  test('station_frozen: the hours in which the list lacked a station are no part of its day', async () => {
    await dayOf('gone-less', 8, { gone: [1, 1.9] });
    await dayOf('gone-more', 8, { gone: [1, 2.1] });
    expect([await store.issues('gone-less'), await store.issues('gone-more')]).toEqual([
      [`station_frozen still ${1.9 * HOUR}..`, `station_zombie still ${1.9 * HOUR}..`],
      [],
    ]);
  });

  test('station_frozen: stations that the list has lost, or that have other ids now, do not count towards the median', async () => {
    await store.pollEvery(HOUR / 10, 'renamed', [-12 * HOUR, -8 * HOUR], () =>
      Array.from({ length: 9 }, (_, index) => station(`old-${index}`, 1 + index, 5)),
    );
    await dayOf('renamed', 5);
    expect(await store.flagsOf('renamed')).toEqual(['station_frozen', 'station_zombie']);
  });

  test('station_frozen is not said with four changes, of half a day, of a day with two hours unseen, or of an empty station', async () => {
    await dayOf('day-4', 4);
    await dayOf('late', 8, { from: -5.5 });
    await dayOf('unseen', 8, { skip: [1, 3.2] });
    await dayOf('empty', 8, { still: [0, 10] });
    expect([
      await store.issues('day-4'),
      await store.issues('late'),
      await store.issues('unseen'),
      await store.issues('empty'),
    ]).toEqual([[], [], [], []]);
  });
});

describe('names and places', () => {
  const near = places(24);
  const far = place(24, { lat: 60.5 });
  const informed = (stations: object[], more: object = {}) => ({
    feed: 'station_information',
    body: { ttl: 60, last_updated: 1_781_524_800, data: { stations }, ...more },
  });
  const unchanged = { feed: 'station_information', outcome: 'unchanged', http_status: 304 } as const;
  const failed = {
    feed: 'station_information',
    outcome: 'failed',
    error: 'timeout',
    http_status: null,
  } as const;

  test.each<[what: string, poll: Omit<GivenPoll, 'system_id' | 'second'> & { second?: number }]>([
    ['a 304', unchanged],
    ['a failed poll', failed],
    ['a body that is refused as older', informed(near, { last_updated: 1_781_524_000 })],
    ['a page in place of JSON', { ...informed([]), body: '<html>Down for maintenance</html>' }],
    ['an empty list', informed([])],
    ['an older list that is imported', { ...informed(near), imported: true, second: -HOUR }],
    ['station_status without it', bodyOf([station('0', 1, 1)])],
  ])(
    'a flag about station_information outlasts %s and a restart, and ends with the list that lacks the station',
    async (what, poll) => {
      await store.poll(what, 0, [station('0', 1, 1), station('24', 1, 1)]);
      await store.record({ system_id: what, second: 0, ...informed([...near, far]) });
      const outliers = async () =>
        (await store.issues(what)).filter((issue) => issue.startsWith('outlier_place'));
      expect(await outliers()).toEqual(['outlier_place 24 0..']);
      await store.record({ system_id: what, second: 60, ...poll });
      store.restart();
      await store.record({ system_id: what, second: 120, ...unchanged });
      expect(await outliers()).toEqual(['outlier_place 24 0..']);
      await store.record({ system_id: what, second: 180, ...informed(near) });
      store.restart();
      await store.record({ system_id: what, second: 240, ...unchanged });
      await store.record({ system_id: what, second: -2 * HOUR, ...informed([...near, far]), imported: true });
      await store.poll(what, 300, [station('0', 1, 1), station('24', 1, 1)]);
      expect(await outliers()).toEqual(['outlier_place 24 0..240']);
      await store.record({ system_id: what, second: 360, ...informed([...near, far]) });
      expect(await outliers(), 'listed again').toEqual(['outlier_place 24 0..240', 'outlier_place 24 360..']);
    },
  );

  test('a region that system_regions dropped dangles through 304s, a restart and an older list that is imported', async () => {
    const regions = (second: number, ids: string[], more: object = {}) => ({
      system_id: 'regional',
      feed: 'system_regions',
      second,
      body: { last_updated: 1_781_524_800, data: { regions: ids.map((region_id) => ({ region_id })) } },
      ...more,
    });
    const inform = (second: number, region_id: string) =>
      store.inform('regional', second, [place(1, { lat: 41, region_id })]);
    await store.record(regions(-600, ['kept', 'dropped']));
    await store.record(regions(0, ['kept']));
    const confirm = (second: number) =>
      store.record({
        system_id: 'regional',
        feed: 'system_regions',
        second,
        outcome: 'unchanged',
        http_status: 304,
        body_id: pollId({ system_id: 'regional', feed: 'system_regions', fetched_at: secondAt(0) }),
      });
    for (let second = 0; second <= HOUR + 240; second += 120) {
      await inform(second, 'dropped');
      await confirm(second + 1);
      if (second <= 120) await store.check();
      if (second === 240) await store.record(regions(-HOUR, ['kept', 'dropped'], { imported: true }));
      if (second === 360) store.restart();
    }
    const issue = `dangling_id 1..`;
    expect(await store.issues('regional')).toEqual([issue]);
    await inform(2 * HOUR, 'kept');
    await confirm(2 * HOUR + 60);
    expect(await store.issues('regional')).toEqual([`${issue}${2 * HOUR + 60}`]);
  });

  test('a station listed by two systems is a duplicate_id of both, but another id at the same place is not', async () => {
    await store.inform('one', 0, [place(3, { station_id: 'same', lat: 48.1 })]);
    await store.inform('other', 0, [place(3, { station_id: 'differs', lat: 48.1 })]);
    expect(await store.flagsOf('one')).toEqual([]);
    await store.inform('copy', 0, [place(3, { station_id: 'same', lat: 48.1 })]);
    expect([await store.flagsOf('one'), await store.flagsOf('copy'), await store.flagsOf('other')]).toEqual([
      ['duplicate_id'],
      ['duplicate_id'],
      [],
    ]);
  });

  /** In no other system: the same place and id there would be a duplicate. */
  const at = (system: string, station_id: string) => place(1, { station_id, lat: 40 + system.length });
  /** Both feeds of a system, every two minutes from one second to another. `nameless` is in station_status alone, `nowhere` in station_information alone. */
  const bothFeeds = async (system: string, from: number, to: number, only?: 'status' | 'information') => {
    const messages = [];
    for (let second = from; second <= to; second += 2 * MINUTE) {
      if (only !== 'information')
        messages.push(
          store.message({
            system_id: system,
            second,
            ...bodyOf([station('known', 1, 1), station('nameless', 1, 1)]),
          }),
        );
      if (only !== 'status')
        messages.push(
          store.message({
            system_id: system,
            feed: 'station_information',
            second,
            body: { ttl: 60, data: { stations: [at(system, 'known'), at(system, 'nowhere')] } },
          }),
        );
    }
    await store.store(messages);
    await store.check();
  };

  test('dangling_id: an hour and more in one feed alone, either way round, and no longer', async () => {
    await bothFeeds('dangling', 0, 120);
    await bothFeeds('dangling', 240, HOUR + 120);
    expect(await store.issues('dangling')).toEqual([]);
    await bothFeeds('dangling', HOUR + 240, HOUR + 240);
    expect(await store.issues('dangling')).toEqual(['dangling_id nameless 0..', 'dangling_id nowhere 120..']);
    await store.inform('dangling', 2 * HOUR, [at('dangling', 'known'), at('dangling', 'nameless')]);
    await store.poll('dangling', 2 * HOUR + 60, [station('known', 1, 1), station('nameless', 1, 1)]);
    expect(await store.issues('dangling')).toEqual([
      `dangling_id nameless 0..${2 * HOUR + 60}`,
      `dangling_id nowhere 120..${2 * HOUR}`,
    ]);
  });

  test('dangling_id: time in which not both feeds were observed is not part of its hour, and does not end it', async () => {
    await bothFeeds('blind', 0, 120);
    await bothFeeds('blind', 240, 0.5 * HOUR + 120);
    // Five hours unseen, of both feeds, then an hour of station_status alone.
    await bothFeeds('blind', 5.5 * HOUR, 6.5 * HOUR, 'status');
    await bothFeeds('blind', 7 * HOUR, 7.5 * HOUR);
    expect(await store.issues('blind'), 'seen for an hour in all, not for more').toEqual([]);
    await bothFeeds('blind', 7.5 * HOUR + 120, 7.5 * HOUR + 240);
    expect(await store.issues('blind')).toEqual(['dangling_id nameless 0..', 'dangling_id nowhere 120..']);
    const failed = { outcome: 'failed', error: 'timeout', http_status: null } as const;
    await store.record({ system_id: 'blind', second: 11 * HOUR, ...failed });
    expect(await store.issues('blind')).toEqual(['dangling_id nameless 0..', 'dangling_id nowhere 120..']);
    await store.poll('blind', 12 * HOUR, [station('known', 1, 1)]);
    expect((await store.issues('blind'))[0]).toBe(`dangling_id nameless 0..${12 * HOUR}`);
  });
});
