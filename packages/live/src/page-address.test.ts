import { expect, test } from 'vitest';
import { startTestLive } from '../../../test/workers/test-live.ts';

/** No database is asked for it. */
const NOWHERE = 'postgres://nobody@127.0.0.1:1/none';

test("the metric with the page's URL is LIVE_URL, or else where it listens, and missing if that is on all addresses", async () => {
  await using given = await startTestLive(NOWHERE, { url: 'https://bikes.example.org', host: '0.0.0.0' });
  expect(await given.metric('velolog_page_info', 'url="https://bikes.example.org"')).toBe(1);
  await using found = await startTestLive(NOWHERE);
  expect(await found.metric('velolog_page_info', `url="${found.url}"`)).toBe(1);
  await using anywhere = await startTestLive(NOWHERE, { host: '0.0.0.0' });
  expect(await anywhere.metric('velolog_page_info', 'url=')).toBe(0);
});
