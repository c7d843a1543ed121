import { holdHistory } from '@velolog/cli/history/history-lock';
import { doChoresOnce } from '@velolog/store/upkeep/chores';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { givenStation as station } from './history/given-station.ts';
import { withClient } from './servers/with-client.ts';
import { openTestStore, START, type TestStore } from './workers/test-store.ts';

// Velolog keeps the hours and spells of imported history that is older than RETENTION_DAYS, but not its rows. The chores of a store may
// come at any moment of an import.

const RETENTION_DAYS = 30;
const LONG_AGO = -75 * 24;

let store: TestStore;
beforeEach(async () => {
  store = await openTestStore();
});
afterEach(() => store[Symbol.asyncDispose]());

/** Imports a poll every 10 minutes: station 1 stays as it is, station 2 changes every hour. Times in hours. */
async function importHours(system: string, from: number, to: number): Promise<void> {
  const messages = [];
  for (let minute = from * 60; minute <= to * 60; minute += 10)
    messages.push(
      store.message({
        system_id: system,
        second: minute * 60,
        body: {
          data: {
            stations: [station('1', 2, 5), station('2', Math.floor(minute / 60) % 3 === 0 ? 1 : 2, 5)],
          },
        },
        imported: true,
      }),
    );
  await store.store(messages);
}

async function doChores(): Promise<{ dropped: unknown; kept: unknown }> {
  const said = { dropped: [] as unknown, kept: null as unknown };
  await doChoresOnce(
    {
      pool: store.context.pool,
      months: store.context.months,
      retentionDays: RETENTION_DAYS,
      log: {
        info: ({ dropped }) => void Object.assign(said, { dropped }),
        warn: ({ reason: kept }) => void Object.assign(said, { kept }),
      },
    },
    new Date(START),
  );
  return said;
}

async function toldOf(system: string): Promise<Record<string, Record<string, unknown>[]>> {
  const ask = (query: string) => store.ask(query, [system]);
  return {
    hours: await ask(
      'select station_id, hour_at, bikes_mean, observed_share, arrivals, departures from api.station_hour where system_id = $1 order by 1, 2',
    ),
    spells: await ask(
      'select station_id, state, from_at, to_at, start_observed, end_observed from api.station_spell where system_id = $1 order by 1, 3',
    ),
  };
}

/** As `velolog import` does: the history is held until the store has stored what was sent. */
async function holdWhile(system: string, work: () => Promise<void>): Promise<void> {
  await withClient(store.url, async (client) => {
    await holdHistory(client, system, { import: 'station_status' });
    await work();
  });
}

test('while history is being imported its months stay, so that its hours and spells are those of history that was imported before', async () => {
  await store.poll('cut', 0, [station('1', 2, 5)]);
  await store.poll('whole', 0, [station('1', 2, 5)]);
  await holdWhile('cut', async () => {
    await importHours('cut', LONG_AGO, LONG_AGO + 30);
    expect(await doChores()).toEqual({ dropped: [], kept: 'history is being imported' });
    await importHours('cut', LONG_AGO + 30 + 1 / 6, LONG_AGO + 60);
  });
  // Another system's import is no reason.
  await holdWhile('elsewhere', async () => {
    await importHours('whole', LONG_AGO, LONG_AGO + 60);
    await rollUpAll(store.context.pool);
    const whole = await toldOf('whole');
    expect(whole.hours).not.toEqual([]);
    expect(await toldOf('cut')).toEqual(whole);
    expect(await doChores()).toEqual({ dropped: ['station_status_2026_04'], kept: null });
    expect(await toldOf('cut')).toEqual(whole);
    expect(await toldOf('whole')).toEqual(whole);
  });
});

test.each(['a store that goes on', 'a store that starts again'])(
  'a later import that goes on where the rows of an earlier one were dropped leaves out the pause between them alone, with %s',
  async (which) => {
    await store.poll('cut', 0, [station('1', 2, 5)]);
    await importHours('cut', LONG_AGO, LONG_AGO + 30);
    expect((await doChores()).dropped).not.toEqual([]);
    const first = await toldOf('cut');
    if (which === 'a store that starts again') store.restart();
    await importHours('cut', LONG_AGO + 30.5, LONG_AGO + 60);
    const hours = await store.ask(
      `select station_id, count(*)::int as hours, sum(observed_share)::float8 as observed from api.station_hour
       where system_id = 'cut' and hour_at < '2026-06-01' group by 1 order by 1`,
    );
    // Nor are the first 20 minutes observed, in which nobody knows yet how often there is a poll.
    const observed = expect.closeTo(59.5 - 1 / 3, 6);
    expect(hours).toEqual(['1', '2'].map((station_id) => ({ station_id, hours: 61, observed })));
    expect((await toldOf('cut')).spells).toEqual(expect.arrayContaining(first.spells ?? []));
  },
);
