import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { readApiRows, readLakeTextsInPostgres } from '../../../test/history/lake-rows.ts';
import { random } from '../../../test/history/random.ts';
import { randomPolls } from '../../../test/history/random-polls.ts';
import { expectSameRows } from '../../../test/history/same-rows.ts';
import { at, openTestStore, START, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

describe('outage_episode_between', () => {
  test('gives whole episodes that touch the window, and no spell in which all was well', async () => {
    const bikes = [3, 0, 0, 0, 3, 3, 0, 0];
    for (const [index, count] of bikes.entries()) await store.poll('a', index * 60, [station('1', count, 4)]);
    const ask = (from: number, to: number) =>
      store.ask('select from_at, to_at, is_open from api.outage_episode_between($1, $2, $3, $4)', [
        at(from),
        at(to),
        'a',
        '1',
      ]);
    expect(await ask(100, 110)).toEqual([{ from_at: 60, to_at: 240, is_open: false }]);
    expect(await ask(250, 300)).toEqual([]);
    expect(await ask(380, 9999)).toEqual([{ from_at: 360, to_at: null, is_open: true }]);
    expect(await ask(0, 9999)).toHaveLength(2);
  });
});

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));

describe(`over random history (SEED=${seed})`, () => {
  test('all systems at once have the episodes that the bare rows tell, and those of each system alone, however much is rolled up', async () => {
    await using store = await openTestStore();
    const next = random(seed);
    // As for readers (packages/store/src/migrate/roles.ts): of a question that takes milliseconds it would take seconds.
    await store.ask('set jit = off');
    // History that nobody polls: what held at its end does not go on.
    for (const second of [0, 60, 120])
      await store.poll('archive', second, [station('1', 0, second), station('2', 3, 3)], { imported: true });
    const polls = randomPolls(seed, { systems: 3, polls: 120, stations: 6 }).filter(
      // Of imported history the oldest piece, once live polls have come: what lies between two others is rolled up day by day.
      ({ imported, fetched_at }, index) =>
        !imported || (index > 30 && fetched_at.getTime() < START - 600 * 86_400_000),
    );
    const cuts = [0, 80, 160, 280, polls.length];
    for (const [part, from] of cuts.slice(0, -1).entries()) {
      const messages = polls.slice(from, cuts[part + 1]);
      await store.store(
        messages.map((poll) => store.message({ second: 0, ...poll, body: poll.body.toString() })),
      );
      if (part % 2 === 1) await rollUpAll(store.context.pool);
      const { outage_episode: told = [] } = await readLakeTextsInPostgres(store.url);
      expect(told.length).toBeGreaterThan(0);
      expect(
        await readApiRows(store.url, `select * from api.outage_episode_between('-infinity', 'infinity')`),
        `after ${messages.length} polls more`,
      ).toEqual(told);
      for (let window = 0; window < 3; window++) {
        const begin = Math.floor(next() * 12_000) - 2000;
        const values = [at(begin), at(begin + Math.floor(next() * 6000))];
        await expectSameRows(store, {
          view: `select * from api.outage_episode
            where from_at <= $2 and coalesce(to_at, from_at + duration_seconds * interval '1 s') >= $1`,
          given: 'select * from api.outage_episode_between($1, $2)',
          values,
        });
        await expectSameRows(store, {
          view: 'select episode.* from api.system, api.outage_episode_between($1, $2, system.system_id) as episode',
          given: 'select * from api.outage_episode_between($1, $2)',
          values,
        });
      }
    }
  });
});
