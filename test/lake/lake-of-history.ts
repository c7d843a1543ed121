import { type WriteLakeOptions, type WrittenLake, writeLake } from '@velolog/lake/write-lake';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { randomPolls } from '../history/random-polls.ts';
import { openTestStore, type TestStore } from '../workers/test-store.ts';
import { type LakeServers, startLakeServers } from './lake-servers.ts';

/** Seconds of the test's time until the next 1st of a month. */
const CUT = 15.5 * 86_400;
const DAY = 86_400;

/** A database with random history, and servers of a lake to write it to. */
export type LakeOfStore = AsyncDisposable & {
  servers: LakeServers;
  store: TestStore;
  update(more?: Partial<WriteLakeOptions>): Promise<WrittenLake>;
};

export type LakeOfHistory = LakeOfStore & {
  /** Imports two polls into a month that was closed long ago. */
  addLateHistory(days: number): Promise<void>;
};

/** Servers of a lake for the content of a store. Disposing them also ends the store. */
export async function openLakeOf(store: TestStore, { trino }: { trino: boolean }): Promise<LakeOfStore> {
  await rollUpAll(store.context.pool);
  const servers = await startLakeServers(store.url, { trino });
  return {
    servers,
    store,
    update: (more = {}) =>
      writeLake({
        databaseUrl: store.url,
        dir: 'test',
        catalogue: servers.settings,
        kind: 'lake',
        choose: (systems) => systems,
        fromDay: null,
        toDay: null,
        ...more,
      }),
    [Symbol.asyncDispose]: async () => {
      await servers.stop();
      await store[Symbol.asyncDispose]();
    },
  };
}

export async function openLakeOfHistory(seed: number, options: { trino: boolean }): Promise<LakeOfHistory> {
  const store = await openTestStore();
  const polls = randomPolls(seed, { systems: 2, polls: 300, stations: 8 });
  await store.store(polls.map((poll) => store.message({ second: 0, ...poll, body: poll.body.toString() })));
  await pollOverCut(store);
  // History that nobody polls: its last values do not continue.
  for (const second of [0, 60, 120])
    await store.poll('archive', second - 100 * DAY, [station('1', 0), station('2', 3)], { imported: true });
  return {
    ...(await openLakeOf(store, options)),
    addLateHistory: async (days) => {
      await store.poll('system-0', -days * DAY, [station('1', 1)], { imported: true });
      await store.poll('system-0', -days * DAY + 60, [station('1', 2)], { imported: true });
      await rollUpAll(store.context.pool);
    },
  };
}

/**
 * Polls across the end of a month: with a station that is absent at that moment, and a gap that ends an hour after it.
 */
async function pollOverCut(store: TestStore): Promise<void> {
  for (const [from, to] of [
    [CUT - 7200, CUT + 120],
    [CUT + 3600, CUT + 7200],
  ] as const)
    await store.pollEvery(120, 'cut', [from, to], (second) => [
      station('1', (second / 120) % 3),
      ...(Math.abs(second - CUT) < 600 ? [] : [station('2', (second / 120) % 2)]),
      station('3', second < CUT ? 4 : 5),
    ]);
}

const station = (station_id: string, bikes: number) => ({
  station_id,
  num_bikes_available: bikes,
  num_docks_available: 9,
  is_installed: true,
  is_renting: true,
  is_returning: true,
});
