import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addHours, hoursOf, type RawPoll, type RawStation, spellsOf } from './history/slow/slow-history.ts';
import { localDayOf } from './history/slow/slow-service.ts';
import { type Question, toldByHand, toldByViews } from './history/told-history.ts';
import { openTestStore, START, type TestStore } from './workers/test-store.ts';

/**
 * Spells, hours and service levels as the views tell them, against a slow implementation over the raw polls: across midnight and
 * changes of the clock, with absences, failures, holes and unknown numbers, with history imported before what is live,
 * and whether nothing, something or everything has been rolled up. SHRINK=1 looks for a smaller case when one fails.
 */
let store: TestStore;
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const RUNS = Number(process.env.RUNS ?? 12);
const STATIONS = ['a', 'b', 'c'];
const TIMEZONE = 'Europe/Oslo';

beforeAll(async () => {
  console.log(`views by hand: SEED=${seed}`);
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const station: fc.Arbitrary<RawStation> = fc.record({
  bikes: fc.option(fc.integer({ min: 0, max: 3 }), { freq: 8 }),
  docks: fc.option(fc.integer({ min: 0, max: 3 }), { freq: 8 }),
  installed: often(),
  renting: often(),
  returning: often(),
});

function often(): fc.Arbitrary<boolean> {
  return fc.integer({ min: 0, max: 14 }).map((number) => number > 0);
}

/** Most polls change little: `null` keeps the station as it was, 'absent' leaves it out. */
const change = fc.oneof(
  { weight: 12, arbitrary: fc.constant(null) },
  { weight: 4, arbitrary: station },
  { weight: 1, arbitrary: fc.constant('absent' as const) },
);

const step = fc.record({
  pauseSeconds: fc.oneof(
    { weight: 25, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 40_000 }) },
  ),
  kind: fc.oneof(
    { weight: 20, arbitrary: fc.constant('list' as const) },
    { weight: 4, arbitrary: fc.constant('unchanged' as const) },
    { weight: 1, arbitrary: fc.constantFrom('failed' as const, 'empty' as const, 'undecodable' as const) },
  ),
  changes: fc.tuple(change, change, change),
  rollsUpAfter: fc.integer({ min: 0, max: 19 }).map((number) => number === 0),
});

const scenario = fc.record({
  start: fc.constantFrom(
    '2026-06-14T21:17:00Z', // around midnight in Oslo and in UTC
    '2026-03-28T22:00:00Z', // clocks go forward at 01:00Z
    '2026-10-24T21:30:10Z', // clocks go back at 01:00Z
    '2026-12-31T20:00:00Z',
  ),
  cadenceSeconds: fc.constantFrom(60, 611, 1200),
  steps: fc.array(step, { minLength: 2, maxLength: 80 }),
  importedPart: fc.constantFrom(0, 0, 0.3, 0.6),
  service: fc.constantFrom([6, 22], [0, 24], [4, 9], [21, 24], [0, 1], [22, 6], [9, 9]),
  toleratedMinutes: fc.constantFrom(0, 10, 45),
  windowPart: fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  ),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

describe('the views agree with a slow implementation over the raw polls', () => {
  test('spells, outages, hours and service levels, before and after everything is rolled up', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const system = `system-${run++}`;
        const { history, live, rollsUpAfter } = pollsOf(given);
        await storePolls(system, live, false, rollsUpAfter);
        await storePolls(system, history, true, rollsUpAfter);
        const hours = hoursOf(history);
        addHours(hours, hoursOf(live));
        const question = questionOf(given, [...history, ...live]);
        const expected = toldByHand(question, [...spellsOf(history, false), ...spellsOf(live, true)], hours);
        expect(await toldByViews(store, system, question)).toEqual(expected);
        await Promise.all([rollUpAll(store.context.pool), rollUpAll(store.context.pool)]);
        await rollUpAll(store.context.pool);
        expect(await toldByViews(store, system, question)).toEqual(expected);
      }),
      { seed, numRuns: RUNS, endOnFailure: process.env.SHRINK !== '1' },
    );
  });
});

function pollsOf(given: Scenario): { history: RawPoll[]; live: RawPoll[]; rollsUpAfter: Set<number> } {
  let at = Date.parse(given.start);
  let list = new Map<string, RawStation>();
  const polls: RawPoll[] = [];
  const rollsUpAfter = new Set<number>();
  for (const { pauseSeconds, kind, changes, rollsUpAfter: rollsUp } of given.steps) {
    at += (given.cadenceSeconds + pauseSeconds) * 1000;
    if (rollsUp) rollsUpAfter.add(at);
    if (kind === 'list') list = changed(list, changes);
    const answer = kind === 'list' ? (list.size === 0 ? 'empty' : list) : kind;
    polls.push({ at, answer });
  }
  const split = Math.floor(polls.length * given.importedPart);
  return { history: polls.slice(0, split), live: polls.slice(split), rollsUpAfter };
}

function changed(
  list: Map<string, RawStation>,
  changes: (RawStation | 'absent' | null)[],
): Map<string, RawStation> {
  const next = new Map(list);
  for (const [index, change] of changes.entries()) {
    const id = STATIONS[index] ?? '';
    if (change === 'absent') next.delete(id);
    else if (change !== null) next.set(id, change);
  }
  return next;
}

async function storePolls(
  system_id: string,
  polls: RawPoll[],
  imported: boolean,
  rollsUpAfter: Set<number>,
): Promise<void> {
  await store.record({
    system_id,
    feed: 'system_information',
    second: 10_000_000 + Number(imported),
    body: { last_updated: 1_781_524_800, ttl: 60, data: { system_id, timezone: TIMEZONE } },
  });
  const batch = [];
  for (const { at, answer } of polls) {
    const second = (at - START) / 1000;
    const base = { system_id, second, imported };
    if (answer === 'failed') batch.push(store.message({ ...base, outcome: 'failed', error: 'http_503' }));
    else if (answer === 'unchanged') batch.push(store.message({ ...base, outcome: 'unchanged' }));
    else if (answer === 'undecodable') batch.push(store.message({ ...base, body: '<html>' }));
    else batch.push(store.message({ ...base, body: { data: { stations: listed(answer) } } }));
    if (!rollsUpAfter.has(at)) continue;
    await store.store(batch.splice(0));
    await rollUpAll(store.context.pool);
  }
  if (batch.length > 0) await store.store(batch);
}

function listed(answer: Map<string, RawStation> | 'empty'): object[] {
  if (answer === 'empty') return [];
  return [...answer].map(([station_id, { bikes, docks, installed, renting, returning }]) => ({
    station_id,
    ...(bikes !== null && { num_bikes_available: bikes }),
    ...(docks !== null && { num_docks_available: docks }),
    is_installed: installed,
    is_renting: renting,
    is_returning: returning,
  }));
}

function questionOf(given: Scenario, polls: RawPoll[]): Question {
  const [first, last] = [polls[0]?.at ?? 0, polls.at(-1)?.at ?? 0];
  const [a = 0, b = 0] = given.windowPart.map(
    (part) => first + Math.round(((last - first) * part) / 1000) * 1000,
  );
  return {
    window: [Math.min(a, b), Math.max(a, b)],
    days: [localDayOf(first - 2 * 86_400_000, TIMEZONE), localDayOf(last, TIMEZONE)],
    timezone: TIMEZONE,
    service: given.service,
    toleratedMinutes: given.toleratedMinutes,
  };
}
