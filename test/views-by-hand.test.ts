import { rollUpAll } from '@velolog/store/roll-up';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  addHours,
  complianceOf,
  type Hour,
  hoursOf,
  localDayOf,
  type RawPoll,
  type RawStation,
  type Spell,
  serviceHoursOf,
  spellsOf,
} from './slow-history.ts';
import { openTestStore, START, type TestStore } from './test-store.ts';

/**
 * Spells, hours and service levels as the views tell them, against a slow implementation over the raw polls: across midnight and
 * changes of the clock, with absences, failures, holes and unknown numbers, with history imported before what is live,
 * and whether nothing, something or everything has been rolled up.
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
  service: fc.constantFrom([6, 22], [0, 24], [4, 9], [21, 24], [0, 1]),
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
        const expected = expectedOf(given, history, live);
        expect(await told(system, given, expected)).toEqual(expected.told);
        await Promise.all([rollUpAll(store.context.pool), rollUpAll(store.context.pool)]);
        await rollUpAll(store.context.pool);
        expect(await told(system, given, expected)).toEqual(expected.told);
      }),
      { seed, numRuns: RUNS, endOnFailure: process.env.NO_SHRINK === '1' },
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
  let batch = [];
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
  batch = [];
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

type Told = Record<
  'spells' | 'outages' | 'outagesInWindow' | 'hours' | 'hoursInWindow' | 'compliance',
  string[]
>;
type Expected = { told: Told; window: [number, number]; days: [string, string] };

function expectedOf(given: Scenario, history: RawPoll[], live: RawPoll[]): Expected {
  const spells = [...spellsOf(history, false), ...spellsOf(live, true)];
  const hours = hoursOf(history);
  addHours(hours, hoursOf(live));
  const polls = [...history, ...live];
  const [first, last] = [polls[0]?.at ?? 0, polls.at(-1)?.at ?? 0];
  const [a, b] = given.windowPart.map((part) => first + Math.round(((last - first) * part) / 1000) * 1000);
  const window: [number, number] = [Math.min(a ?? 0, b ?? 0), Math.max(a ?? 0, b ?? 0)];
  const outages = spells.filter((spell) => spell.state !== 'ok');
  return {
    window,
    days: [localDayOf(first, TIMEZONE), localDayOf(last, TIMEZONE)],
    told: {
      spells: spells.map(spellLine).sort(),
      outages: outages.map(spellLine).sort(),
      outagesInWindow: outages
        .filter((spell) => spell.from <= window[1] && spell.seenTo >= window[0])
        .map(spellLine)
        .sort(),
      hours: [...hours.values()].map(hourLine).sort(),
      hoursInWindow: [...hours.values()]
        .filter(({ hour }) => hour >= window[0] && hour <= window[1])
        .map(hourLine)
        .sort(),
      compliance: complianceLines(given, spells),
    },
  };
}

const second = (at: number) => (at - START) / 1000;

function spellLine(spell: Spell): string {
  const { station, state, from, to, seenTo, startObserved, endObserved } = spell;
  return `${station} ${state} ${second(from)}..${to === null ? null : second(to)} ${(seenTo - from) / 1000} s ${to === null} ${startObserved} ${endObserved}`;
}

function hourLine(hour: Hour): string {
  const bounds = (values: number[]) =>
    values.length === 0 ? 'null..null' : `${Math.min(...values)}..${Math.max(...values)}`;
  const part = (a: number, b: number) => (b === 0 ? null : (a / b).toFixed(9));
  const { empty, full, closed } = hour.stateMs;
  return [
    `${hour.station} ${second(hour.hour)}`,
    `bikes ${bounds(hour.bikes)} ${part(hour.bikesMs, hour.bikesKnownMs)}`,
    `docks ${bounds(hour.docks)} ${part(hour.docksMs, hour.docksKnownMs)}`,
    `empty ${part(empty, hour.observedMs)} full ${part(full, hour.observedMs)} closed ${part(closed, hour.observedMs)}`,
    `of ${part(hour.observedMs, 3_600_000)} +${hour.arrivals} -${hour.departures} step ${hour.largestStep}`,
  ].join(' | ');
}

function complianceLines(given: Scenario, spells: Spell[]): string[] {
  const lines: string[] = [];
  for (const id of STATIONS) {
    const own = spells.filter((spell) => spell.station === id);
    if (own.length === 0) continue;
    const [first, last] = [
      Math.min(...own.map((spell) => spell.from)),
      Math.max(...own.map((spell) => spell.seenTo)),
    ];
    for (let at = first - 36 * 3_600_000; at < last + 36 * 3_600_000; at += 24 * 3_600_000) {
      const day = new Date(at).toISOString().slice(0, 10);
      if (day < localDayOf(first, TIMEZONE) || day > localDayOf(last, TIMEZONE)) continue;
      const [fromHour = 0, toHour = 24] = given.service;
      const of = complianceOf(
        own,
        serviceHoursOf(day, TIMEZONE, fromHour, toHour),
        given.toleratedMinutes * 60_000,
      );
      const share = of.observedMs === 0 ? null : (1 - of.missedMs / of.observedMs).toFixed(9);
      lines.push(
        `${id} ${day} ${(of.observedMs / 60_000).toFixed(6)} ${((of.observedMs - of.missedMs) / 60_000).toFixed(6)} ${share} ${(of.longestOutageMs / 60_000).toFixed(6)} ${of.outagesOverTolerance}`,
      );
    }
  }
  return lines.sort();
}

async function told(system: string, given: Scenario, { window, days }: Expected): Promise<Told> {
  const between = [...window.map((at) => new Date(at).toISOString()), system];
  const spells = async (from: string, values: unknown[]) =>
    (await store.ask(`select * from ${from}`, values)).map(
      (row) =>
        `${row.station_id} ${row.state} ${row.from_at}..${row.to_at} ${row.duration_seconds} s ${row.is_open} ${row.start_observed} ${row.end_observed}`,
    );
  const fixed = (value: unknown, digits = 9) => (value === null ? null : Number(value).toFixed(digits));
  const hours = async (from: string, values: unknown[]) =>
    (await store.ask(`select * from ${from}`, values)).map((row) =>
      [
        `${row.station_id} ${row.hour_at}`,
        `bikes ${row.bikes_min}..${row.bikes_max} ${fixed(row.bikes_mean)}`,
        `docks ${row.docks_min}..${row.docks_max} ${fixed(row.docks_mean)}`,
        `empty ${fixed(row.empty_share)} full ${fixed(row.full_share)} closed ${fixed(row.closed_share)}`,
        `of ${fixed(row.observed_share)} +${row.arrivals} -${row.departures} step ${row.largest_step}`,
      ].join(' | '),
    );
  const compliance = await store.ask(
    'select *, day::text from api.sla_compliance_between($1, $2, $3, $4, $5, $6)',
    [...days, system, ...given.service, given.toleratedMinutes],
  );
  return {
    spells: (await spells('api.station_spell where system_id = $1', [system])).sort(),
    outages: (await spells('api.outage_episode where system_id = $1', [system])).sort(),
    outagesInWindow: (await spells('api.outage_episode_between($1, $2, $3)', between)).sort(),
    hours: (await hours('api.station_hour where system_id = $1', [system])).sort(),
    hoursInWindow: (await hours('api.station_hour_between($1, $2, $3)', between)).sort(),
    compliance: compliance
      .map(
        (row) =>
          `${row.station_id} ${row.day} ${fixed(row.minutes_observed, 6)} ${fixed(row.minutes_in_target, 6)} ${fixed(row.compliance)} ${fixed(row.longest_outage_minutes, 6)} ${row.outages_over_tolerance}`,
      )
      .sort(),
  };
}
