import { checkQualityOnce } from '@velolog/store/upkeep/quality/check-quality';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, START, type TestStore } from '../../test/workers/test-store.ts';
import type { SqlQuery } from '../src/questions/sql-query.ts';
import { STATES } from '../src/station-states.ts';
import { askPanel, dashboards, rowsOf, secondOf } from './ask-panel.ts';
import { HOUR, lastDay, now, recordLiveSilentArchive, SILENT_SINCE } from './live-silent-archive.ts';
import { connect } from './run-query.ts';

/** What panels show of dead feeds, unobserved time and what nobody has looked at. */

let store: TestStore;
let reader: pg.Client;

beforeAll(async () => {
  store = await openTestStore();
  await recordLiveSilentArchive(store);
  reader = await connect(store.readerUrl);
});
afterAll(async () => {
  await reader.end();
  await store[Symbol.asyncDispose]();
});

const ask = (file: string, title: string, window: [number, number], chosen = {}) =>
  askPanel(reader, [file, title], window, chosen);

describe('a feed that fell silent', () => {
  test('is observed until its last poll in the timeline of its station, and not polled after it', async () => {
    const title = 'How the feed was observed';
    const codes = async (system: string, window: [number, number]) =>
      (await ask('station.json', title, window, { system, station: 'ok' })).map(({ code }) => Number(code));
    expect(await codes('silent', [SILENT_SINCE + HOUR, now])).toEqual([0]);
    expect(await codes('silent', [SILENT_SINCE - HOUR, now])).toEqual([1, 0]);
    expect(await codes('live', [now - HOUR, now - 60])).toEqual([1, 0]);
  });

  test('has a line in the timeline of feeds even for time without polls', async () => {
    const rows = await ask('feed-health.json', 'How station_status was observed', [now - HOUR, now], {
      system: ['live', 'silent', 'archive'],
    });
    expect(rows.filter(({ system }) => system === 'silent').map(({ code }) => code)).toEqual([0]);
    expect(rows.some(({ system, code }) => system === 'live' && code === 1)).toBe(true);
    expect(rows.some(({ system }) => system === 'archive')).toBe(false);
  });

  test('was not observed for the rest of the time on screen', async () => {
    const [share] = await ask('feed-health.json', 'Time observed', [now - 4 * HOUR, now], {
      system: ['silent'],
    });
    expect(share?.Observed).toBeCloseTo(0.25, 2);
    expect(await ask('feed-health.json', 'Time observed', [now - HOUR, now], { system: ['silent'] })).toEqual(
      [{ Observed: 0 }],
    );
    expect(await ask('feed-health.json', 'Time observed', lastDay, { system: ['archive'] })).toEqual([]);
  });

  test('shows stations as not observed, with no count, no share and no zero', async () => {
    const choice = { system: 'silent' };
    for (const title of ['Stations', 'Bikes to rent', 'Free docks', 'Empty', 'Full'])
      expect(Object.values((await ask('system.json', title, lastDay, choice))[0] ?? {}), title).toEqual([
        null,
      ]);
    const [kinds] = await ask('system.json', 'Colours, and how many stations', lastDay, choice);
    expect(kinds).toMatchObject({ 'Not observed': 3, 'No bikes': 0 });
    const at = { ...choice, station: 'runs dry' };
    expect(await ask('station.json', 'State', lastDay, at)).toEqual([{ State: 'unseen' }]);
    expect(await ask('station.json', 'For', lastDay, at)).toEqual([{ For: null }]);
  });

  test('ends an open outage at the last poll that observed it, in charts and sums', async () => {
    const rows = await ask('system.json', 'When the worst were out', lastDay, { system: 'silent' });
    const line = rows.filter(({ station }) => `${station}`.startsWith('runs dry'));
    expect(line.map(({ time, code }) => [secondOf(time), code])).toEqual([
      [now - 24 * HOUR, STATES.unseen.code],
      [SILENT_SINCE - 2 * HOUR, STATES.ok.code],
      [SILENT_SINCE - HOUR + 60, STATES.empty.code],
      [SILENT_SINCE, STATES.unseen.code],
    ]);
    const [worst] = await ask('system.json', 'Worst stations', lastDay, { system: 'silent' });
    expect(worst).toMatchObject({ Station: 'runs dry', Empty: HOUR - 60 });
  });

  test('does not draw a state that only the last poll observed on to the end of the screen', async () => {
    const end = now - 2 * HOUR;
    for (const [second, bikes] of [
      [end - 120, 0],
      [end - 60, 0],
      [end, 3],
    ] as const)
      await store.poll('turned', second, [
        { station_id: 'late', num_bikes_available: bikes, num_docks_available: 5 },
      ]);
    const rows = await ask('system.json', 'When the worst were out', lastDay, { system: 'turned' });
    expect(rows.map(({ time, code }) => [secondOf(time), code])).toEqual([
      [now - 24 * HOUR, STATES.unseen.code],
      [end - 120, STATES.empty.code],
      [end, STATES.unseen.code],
    ]);
  });

  test('ends the share of an hour empty with the last poll of the hour', async () => {
    const rows = await ask('station.json', 'Share of the hour empty or full', lastDay, {
      system: 'silent',
      station: 'runs dry',
    });
    const drawn = rows.filter(({ Empty }) => Empty !== null).map(({ time }) => secondOf(time));
    expect(Math.max(...drawn)).toBeLessThanOrEqual(SILENT_SINCE);
    expect(rows.at(-1)).toMatchObject({ Empty: null, Full: null });
  });

  test('is marked as not observed before its first poll and after its last', async () => {
    const annotation = dashboards.find(({ file }) => file === 'system.json')?.dashboard.annotations.list?.[0];
    const rows = await rowsOf(reader, annotation?.target as unknown as SqlQuery, lastDay, {
      system: 'silent',
    });
    expect(rows.map(({ time, timeend }) => [secondOf(time), Math.min(secondOf(timeend), now)])).toEqual([
      [now - 24 * HOUR, SILENT_SINCE - 2 * HOUR],
      [SILENT_SINCE, now],
    ]);
  });
});

describe('unobserved time', () => {
  const nobody: [number, number] = [now - 2 * HOUR, now - HOUR];
  const choice = { system: 'silent', station: 'runs dry' };

  test('does not count as time without outages', async () => {
    const outages = await ask('station.json', 'Outages and gaps', nobody, choice);
    expect(
      outages.map(({ From, To, State, Duration }) => [secondOf(From), secondOf(To), State, Duration]),
    ).toEqual([[...nobody, 'unseen', HOUR]]);
    expect(await ask('system.json', 'Worst stations', nobody, choice)).toMatchObject([
      { Station: 'Not observed', Empty: null, Spells: null },
    ]);
    expect(await ask('system.json', 'When the worst were out', nobody, choice)).toMatchObject([
      { station: 'All stations', code: STATES.unseen.code },
    ]);
  });

  test('shows a list of vehicles that does not exist as not polled', async () => {
    const polled = await ask('fleet.json', 'How the list was observed', nobody, choice);
    expect(polled).toMatchObject([{ feed: 'vehicles', code: 0 }]);
  });

  test('differs from observed time without outages, which gives no row', async () => {
    const good: [number, number] = [now - 2 * HOUR, now - 90 * 60];
    const ok = { system: 'live', station: 'ok' };
    expect(await ask('station.json', 'Outages and gaps', good, ok)).toEqual([]);
    expect(await ask('system.json', 'Worst stations', good, ok)).toEqual([]);
    expect(await ask('system.json', 'When the worst were out', good, ok)).toEqual([]);
  });
});

describe('what nobody has looked at', () => {
  beforeAll(() => store.record({ system_id: 'no answer', second: now, outcome: 'failed', error: 'timeout' }));

  test('has no count that is 0 in the table of feeds', async () => {
    const rows = await ask('feed-health.json', 'Feed by feed, now', lastDay, {
      system: ['live', 'no answer', 'archive'],
    });
    expect(
      rows.map(({ System, 'Failures in a row': failures, 'Left out': leftOut }) => [
        System,
        failures,
        leftOut,
      ]),
    ).toEqual([
      ['no answer', 1, null],
      ['live', 0, 0],
      ['archive', null, 0],
    ]);
  });

  test('does not count as not failing', async () => {
    const failing = async (...system: string[]) =>
      (await ask('feed-health.json', 'Failing now', lastDay, { system }))[0]?.Failing;
    expect(await failing('silent')).toBe(null);
    expect(await failing('silent', 'live')).toBe(0);
    expect(await failing('no answer')).toBe(1);
  });

  test('has no number of issues: 0 is only said of systems that were all checked', async () => {
    const counts = async (...system: string[]) => {
      const rows = [];
      for (const name of ['Issues', 'Systems with an issue', 'Dead or lying'])
        rows.push((await ask('quality.json', `${name} now`, lastDay, { system }))[0]?.[name]);
      const [unchecked] = await ask('quality.json', 'Systems not checked', lastDay, { system });
      return [...rows, unchecked?.['Not checked']];
    };
    const NONE = null;
    const SOME = -1;
    expect(await counts('live', 'silent')).toEqual([NONE, NONE, NONE, 2]);
    const good = [
      { station_id: 'a', num_bikes_available: 2, num_docks_available: 2, last_reported: START / 1000 + now },
    ];
    await store.poll('good', now, good);
    await checkQualityOnce(store.context.pool, new Date(START + now * 1000));
    await store.poll('new', now, good);
    // -1 for its bikes is a flag, of one station.
    expect(await counts('live')).toEqual([1, 1, 1, 0]);
    expect(await counts('live', 'silent', 'good')).toEqual([2, 2, 2, 0]);
    expect(await counts('good')).toEqual([0, 0, 0, 0]);
    expect(await counts('good', 'archive')).toEqual([0, 0, 0, 0]);
    expect(await counts('good', 'new')).toEqual([SOME, SOME, SOME, 1]);
    expect(await counts('live', 'new')).toEqual([1, 1, 1, 1]);
    expect(await counts('new')).toEqual([NONE, NONE, NONE, 1]);
    expect(await counts('archive')).toEqual([NONE, NONE, NONE, undefined]);
    const late = async (...system: string[]) =>
      (await ask('quality.json', 'Feeds late now', lastDay, { system }))[0]?.Late;
    expect([await late('live'), await late('live', 'silent'), await late('archive')]).toEqual([
      0,
      1,
      undefined,
    ]);
    const worst = await ask('quality.json', 'Worst systems now', lastDay, {
      system: ['new', 'good', 'live', 'archive'],
    });
    expect(worst.map(({ System, Issues, Flags }) => [System, Issues, Flags])).toEqual([
      ['live', 1, 'negative_or_huge'],
      ['new', null, 'not checked'],
    ]);
  });
});
