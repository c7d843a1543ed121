import { afterAll, beforeAll, expect, test } from 'vitest';
import { openQualityStore, type QualityStore } from '../workers/quality-store.ts';
import { BODY_FLAGS } from './body-flags.ts';
import { DANGLING_FLAGS } from './dangling-flags.ts';
import { END_SECOND, type FlagCases, failedPoll, type Given, UNOBSERVED_SECOND } from './flag-cases.ts';
import { INFORMATION_FLAGS } from './information-flags.ts';
import { TIME_FLAGS } from './time-flags.ts';

const FLAGS: FlagCases[] = [...BODY_FLAGS, ...TIME_FLAGS, ...INFORMATION_FLAGS, ...DANGLING_FLAGS];

const named = FLAGS.map((cases) => [[cases.flag, cases.way].filter(Boolean).join(', '), cases] as const);
/** The systems that get the flag, each with what ends it. */
const badOf = ({ above, end, otherEnds = {} }: FlagCases) =>
  Object.entries({ above: { above, end }, ...otherEnds });

type Issue = { system_id: string; flag: string; ended_at: unknown };

let store: QualityStore;
/** All issues after everything that causes one, after a poll that failed, and after what ends them. */
let caused: Issue[];
let unobserved: Issue[];
let ended: Issue[];

/** A check looks at all systems, so one after each of three moments serves all flags. */
beforeAll(async () => {
  store = await openQualityStore();
  const issues = async () => {
    await store.check();
    return (await store.ask(
      'select system_id, flag, since, last_seen_at, ended_at from api.data_quality_issue order by system_id, station_id',
    )) as Issue[];
  };
  for (const [name, cases] of named) {
    const give = (what: string, given: Given) => given(store, `${name}: ${what}`);
    for (const [what, given] of Object.entries({ ...cases.below, ...cases.unobserved }))
      await give(what, given);
    for (const [what, one] of badOf(cases)) await give(what, one.above);
  }
  caused = await issues();
  for (const [name, cases] of named)
    for (const [what] of badOf(cases))
      await store.record(failedPoll(`${name}: ${what}`, cases.feed, UNOBSERVED_SECOND));
  unobserved = await issues();
  for (const [name, cases] of named)
    for (const [what, one] of badOf(cases)) await one.end(store, `${name}: ${what}`);
  ended = await issues();
});
afterAll(() => store[Symbol.asyncDispose]());

test('each flag that is defined is tried here, and no other', async () => {
  const defined = await store.ask('select flag from api.data_quality_flag');
  expect([...new Set(FLAGS.map(({ flag }) => flag))].toSorted()).toEqual(
    defined.map(({ flag }) => flag).toSorted(),
  );
});

test.each(named)(
  '%s: not just below its threshold; just above it; unobserved time adds nothing to it and changes nothing; until it ends',
  (name, cases) => {
    const among = (issues: Issue[]) =>
      issues.filter(({ system_id, flag }) => system_id.startsWith(`${name}: `) && flag === cases.flag);
    const found = among(caused);
    expect(new Set(found.map(({ system_id }) => system_id))).toEqual(
      new Set(badOf(cases).map(([what]) => `${name}: ${what}`)),
    );
    for (const { ended_at } of found) expect(ended_at).toBeNull();
    expect(among(unobserved), 'after a poll that failed').toEqual(found);
    expect(among(ended)).toEqual(found.map((issue) => ({ ...issue, ended_at: END_SECOND })));
  },
);
