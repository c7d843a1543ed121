import { afterAll, beforeAll, expect, test } from 'vitest';
import { openQualityStore, type QualityStore } from '../workers/quality-store.ts';
import { BODY_FLAGS } from './body-flags.ts';
import { END_SECOND, type FlagCases, failedPoll, type Given, UNOBSERVED_SECOND } from './flag-cases.ts';
import { INFORMATION_FLAGS } from './information-flags.ts';
import { TIME_FLAGS } from './time-flags.ts';

const FLAGS: FlagCases[] = [...BODY_FLAGS, ...TIME_FLAGS, ...INFORMATION_FLAGS];

let store: QualityStore;
beforeAll(async () => {
  store = await openQualityStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('each flag that is defined is tried here, and no other', async () => {
  const defined = await store.ask('select flag from api.data_quality_flag');
  expect([...new Set(FLAGS.map(({ flag }) => flag))].toSorted()).toEqual(
    defined.map(({ flag }) => flag).toSorted(),
  );
});

test.each(FLAGS.map((cases) => [[cases.flag, cases.way].filter(Boolean).join(', '), cases] as const))(
  '%s: not just below its threshold; just above it; unobserved time adds nothing to it and changes nothing; until it ends',
  async (name, { flag, feed, below, above, unobserved = {}, end, otherEnds = {} }) => {
    const flagged = async () => {
      await store.check();
      return store.ask(
        'select system_id, since, last_seen_at, ended_at from api.data_quality_issue where starts_with(system_id, $1) and flag = $2 order by system_id, station_id',
        [`${name}: `, flag],
      );
    };
    const give = (what: string, given: Given) => given(store, `${name}: ${what}`);
    const bad = Object.entries({ above: { above, end }, ...otherEnds });
    for (const [what, given] of Object.entries({ ...below, ...unobserved })) await give(what, given);
    for (const [what, one] of bad) await give(what, one.above);
    const found = await flagged();
    expect(new Set(found.map(({ system_id }) => system_id))).toEqual(
      new Set(bad.map(([what]) => `${name}: ${what}`)),
    );
    for (const { ended_at } of found) expect(ended_at).toBeNull();
    for (const [what] of bad) await store.record(failedPoll(`${name}: ${what}`, feed, UNOBSERVED_SECOND));
    expect(await flagged(), 'after a poll that failed').toEqual(found);
    for (const [what, one] of bad) await give(what, one.end);
    expect(await flagged()).toEqual(found.map((issue) => ({ ...issue, ended_at: END_SECOND })));
  },
);
