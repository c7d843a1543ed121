import { pollId } from '@velolog/stream/poll-record';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, type GivenPoll, openTestStore, type TestStore } from '../../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const UPDATED = 1_781_524_800;
const bikes = (count: number) => [{ station_id: '1', num_bikes_available: count, num_docks_available: 9 }];
/** A list of a city whose publisher says that it is from `updated` seconds after its first. */
const list = (system_id: string, second: number, updated: number, count: number, more = {}) =>
  store.poll(system_id, second, bikes(count), {
    body: { last_updated: UPDATED + updated, ttl: 30, data: { stations: bikes(count) } },
    ...more,
  });
const unchanged = (system_id: string, second: number, more: Partial<GivenPoll> = {}) =>
  store.record({ system_id, second, outcome: 'unchanged', http_status: 304, ...more });
const bodyOf = (system_id: string, second: number, feed = 'station_status') =>
  pollId({ system_id, feed, fetched_at: at(second) });

async function coverage(system_id: string): Promise<string[]> {
  const rows = await store.ask(
    'select outcome, from_at, to_at from api.feed_coverage where system_id = $1 order by feed, from_at',
    [system_id],
  );
  return rows.map(({ outcome, from_at, to_at }) => `${outcome} ${from_at}..${to_at}`);
}
async function health(system_id: string) {
  const [row] = await store.ask(
    'select consecutive_failures as failures, last_error as error from api.feed_health where system_id = $1',
    [system_id],
  );
  return row;
}
const counts = async (system_id: string) =>
  (
    await store.ask(
      `select num_bikes_available as n from velolog.station_status join velolog.station using (station_key)
       join velolog.system using (system_key) where system_id = $1 order by observed_at`,
      [system_id],
    )
  ).map(({ n }) => n);
const counted = async (result: string) =>
  (await store.context.metrics.records_total.get()).values.find(({ labels }) => labels.result === result)
    ?.value ?? 0;

describe('"not modified" is an observation', () => {
  test('of the last accepted body, also after a restart of the store', async () => {
    await list('confirmed', 0, 0, 3);
    store.restart();
    await unchanged('confirmed', 30);
    await list('confirmed', 60, 60, 4);
    await unchanged('confirmed', 90);
    store.restart();
    await unchanged('confirmed', 120);
    expect(await coverage('confirmed')).toEqual(['observed 0..120']);
  });

  test('also after a failure, and after a body that could not be read', async () => {
    await list('between', 0, 0, 3);
    await store.record({ system_id: 'between', second: 30, outcome: 'failed', error: 'timeout' });
    await store.record({ system_id: 'between', second: 60, body: '<html>' });
    store.restart();
    await unchanged('between', 90, { body_id: bodyOf('between', 0) });
    expect((await coverage('between')).at(-1)).toBe('observed 90..90');
  });

  test('also of a body whose producer named it in its own way', async () => {
    const message = store.message({
      system_id: 'foreign',
      second: 0,
      body: { data: { stations: bikes(1) } },
    });
    Object.assign(message.headers ?? {}, { ce_id: Buffer.from('urn:uuid:1') });
    await store.store([message]);
    await unchanged('foreign', 30, { body_id: 'urn:uuid:1' });
    expect(await coverage('foreign')).toEqual(['observed 0..30']);
  });

  test('of an empty station_information it is an empty list again, which is no observation', async () => {
    const of = { system_id: 'unlisted', feed: 'station_information' };
    await store.record({ ...of, second: 0, body: { data: { stations: [] } } });
    store.restart();
    await store.record({ ...of, second: 30, outcome: 'unchanged' });
    expect(await coverage('unlisted')).toEqual(['empty 0..30']);
    expect(await health('unlisted')).toEqual({ failures: 0, error: null });
  });

  test('of an empty list it is an empty list again', async () => {
    await store.poll('emptied', 0, []);
    store.restart();
    await unchanged('emptied', 30);
    expect(await coverage('emptied')).toEqual(['empty 0..30']);
  });
});

describe('"not modified" is a failure', () => {
  test.each([
    ['no body at all: the producer is older', null],
    ['a body that never came: Kafka lost it', bodyOf('strange', 15)],
    ['a body of another feed', bodyOf('strange', 0, 'station_information')],
  ])('when it names %s', async (_, body_id) => {
    const system_id = `strange-${body_id?.slice(-20) ?? 'none'}`;
    await list(system_id, 0, 0, 3);
    await unchanged(system_id, 30, { body_id });
    expect(await coverage(system_id)).toEqual(['observed 0..0', 'failed 30..30']);
    expect(await health(system_id)).toEqual({ failures: 1, error: 'unchanged_without_body' });
  });

  test('when it confirms a body that was refused: late, from the future, or undecodable', async () => {
    await list('refused', 100, 0, 3);
    await list('refused', 50, 60, 9);
    expect(store.letters.at(-1)).toMatchObject({ reason: 'stale' });
    await unchanged('refused', 130, { body_id: bodyOf('refused', 50) });
    const future = store.message({
      system_id: 'refused',
      second: 9_000_000,
      body: { data: { stations: bikes(8) } },
    });
    await store.store([{ ...future, timestamp: String(at(140).getTime()) }]);
    expect(store.letters.at(-1)).toMatchObject({ reason: 'fetched_in_future' });
    await unchanged('refused', 160, { body_id: bodyOf('refused', 9_000_000) });
    await store.record({ system_id: 'refused', second: 190, body: '<html>' });
    await unchanged('refused', 220);
    expect(await coverage('refused')).toEqual([
      'observed 100..100',
      'failed 130..160',
      'undecodable 190..190',
      'failed 220..220',
    ]);
    expect(await counts('refused')).toEqual([3]);
  });

  test('after imported history: the state of the stations is not from that body', async () => {
    await list('imported', 0, 0, 3);
    await list('imported', 60, 60, 5, { imported: true });
    await unchanged('imported', 90, { body_id: bodyOf('imported', 0) });
    expect(await coverage('imported')).toEqual(['observed 0..60', 'failed 90..90']);
  });

  test('but not because history was imported before it', async () => {
    await list('older-import', 1000, 0, 3);
    await list('older-import', 0, 60, 5, { imported: true });
    store.restart();
    await unchanged('older-import', 1030, { body_id: bodyOf('older-import', 1000) });
    expect((await coverage('older-import')).at(-1)).toBe('observed 1000..1030');
  });

  test('and is counted', async () => {
    const before = await counted('unconfirmed');
    await unchanged('counted', 0, { body_id: null });
    expect((await counted('unconfirmed')) - before).toBe(1);
  });
});

describe('a body older than the last accepted one by its own last_updated', () => {
  test('is no observation, invents no change and is counted; later bodies are compared with the newer one', async () => {
    const before = await counted('older_body');
    await list('mirrors', 0, 60, 3);
    await list('mirrors', 30, 0, 7);
    store.restart();
    await list('mirrors', 60, 61, 4);
    expect(await counts('mirrors')).toEqual([3, 4]);
    expect(await coverage('mirrors')).toEqual(['observed 0..0', 'failed 30..30', 'observed 60..60']);
    expect((await counted('older_body')) - before).toBe(1);
    await list('mirrors', 90, 60, 9);
    expect(await health('mirrors')).toEqual({ failures: 1, error: 'last_updated_backwards' });
  });

  test('cannot be confirmed by a later "not modified"; the newer one still can', async () => {
    await list('304', 0, 60, 3);
    await list('304', 30, 0, 7);
    await unchanged('304', 60, { body_id: bodyOf('304', 30) });
    await unchanged('304', 90, { body_id: bodyOf('304', 0) });
    expect(await coverage('304')).toEqual(['observed 0..0', 'failed 30..60', 'observed 90..90']);
  });

  test.each([false, true])(
    'is believed when nothing else has come for 10 minutes (restarts: %s)',
    async (restarts) => {
      const system_id = `corrected-${restarts}`;
      await list(system_id, 0, 3600, 3);
      for (let second = 60; second <= 660; second += 60) {
        if (restarts) store.restart();
        await list(system_id, second, second, second);
      }
      expect(await coverage(system_id)).toEqual(['observed 0..0', 'failed 60..540', 'observed 600..660']);
      expect(await counts(system_id)).toEqual([3, 600, 660]);
    },
  );

  test('is not believed after failures alone, nor when the newer one was confirmed in between', async () => {
    await list('outage', 0, 60, 3);
    for (let second = 60; second <= 1200; second += 60)
      await store.record({ system_id: 'outage', second, outcome: 'failed', error: 'timeout' });
    await list('outage', 1260, 0, 7);
    await list('outage', 1320, 0, 7);
    await unchanged('outage', 1380, { body_id: bodyOf('outage', 0) });
    for (let second = 1440; second < 1980; second += 60) await list('outage', second, 0, 7);
    expect(await counts('outage')).toEqual([3]);
  });

  test('lags for 20 minutes between two polls and is not believed either', async () => {
    for (let poll = 0; poll < 6; poll++)
      await list('slow', poll * 1200, poll % 2 === 0 ? 60 + poll * 60 : 0, poll % 2);
    expect(await counts('slow')).toEqual([0]);
  });

  test('changes no name either', async () => {
    const name = (second: number, updated: number, name: string) =>
      store.record({
        system_id: 'names',
        feed: 'station_information',
        second,
        body: {
          last_updated: UPDATED + updated,
          data: { stations: [{ station_id: '1', name, lat: 1, lon: 2 }] },
        },
      });
    await name(0, 60, 'new');
    await name(30, 0, 'old');
    expect(await store.ask(`select name from api.station where system_id = 'names'`)).toEqual([
      { name: 'new' },
    ]);
  });

  test('is compared within its own stretch of history only', async () => {
    await list('lanes', 10_000, 0, 3);
    await list('lanes', 0, 9_000, 5, { imported: true });
    await list('lanes', 30, 8_000, 6, { imported: true });
    store.restart();
    await list('lanes', 60, 9_001, 7, { imported: true });
    await list('lanes', 10_030, 30, 4);
    expect(await counts('lanes')).toEqual([5, 7, 3, 4]);
  });

  test('without last_updated nothing is older', async () => {
    await list('silent', 0, 60, 3);
    await store.poll('silent', 30, bikes(4), { body: { data: { stations: bikes(4) } } });
    await list('silent', 60, 0, 5);
    expect(await counts('silent')).toEqual([3, 4, 5]);
  });
});
