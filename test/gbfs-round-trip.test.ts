import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { AccessTokens } from '@velolog/ingest/fetch/access-tokens';
import { createFeed, createSystem } from '@velolog/ingest/fetch/feed';
import { FeedFetcher } from '@velolog/ingest/fetch/fetch-feed';
import { type PollDependencies, pollFeed } from '@velolog/ingest/fetch/poll-feed';
import { createIngestMetrics } from '@velolog/ingest/metrics';
import { HostLimits } from '@velolog/ingest/schedule/host-limits';
import { system } from '@velolog/ingest/sources/system';
import type { PollRecord } from '@velolog/stream/poll-record';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corpus, missingCorpus } from './corpus.ts';
import { isLongRun } from './is-long-run.ts';
import { startTestLive, type TestLive } from './workers/test-live.ts';
import { openTestStore, START, type TestStore } from './workers/test-store.ts';

const SERIES = [
  { name: 'San Francisco, GBFS 1.0', file: 'fordgobike_sf/station_status.2018.ndjson.gz' },
  { name: 'Barcelona, ids that are numbers', file: 'bicing_barcelona/station_status.ndjson.gz' },
  {
    name: 'Oslo, one body is empty',
    file: 'oslo_bysykkel/small.2024-08-31_empty-body.ndjson.gz',
    lines: [24, 50],
  },
];
const missing = missingCorpus('series');

type Line = { fetched_at: string; body: string };

function linesOf({ file, lines = [] }: (typeof SERIES)[number]): Line[] {
  const text = gunzipSync(readFileSync(join(corpus, 'series', file))).toString();
  return text
    .trimEnd()
    .split('\n')
    .slice(lines[0], lines[1])
    .map((line) => JSON.parse(line) as Line);
}

const second = (time: string | Date) => (new Date(time).getTime() - START) / 1000;

describe.skipIf(missing !== null)('a system recorded from the GBFS that Velolog publishes', () => {
  let store: TestStore;
  let live: TestLive;
  let fetcher: FeedFetcher;
  beforeAll(async () => {
    store = await openTestStore();
    live = await startTestLive(store.readerUrl, { gbfsUnlicensed: true });
    fetcher = new FeedFetcher({
      userAgent: 'velolog/test',
      allowPrivateAddresses: true,
      bodyBytesMax: 32 * 1024 * 1024,
      connectTimeoutMs: 600_000,
      headersTimeoutMs: 600_000,
      bodyTimeoutMs: 600_000,
    });
  });
  afterAll(async () => {
    await fetcher?.close();
    await live?.[Symbol.asyncDispose]();
    await store?.[Symbol.asyncDispose]();
  });

  /** Ingest as it polls, with a clock that stands at the moment it asks for. */
  function createIngest(systemId: string, discoveryPath: string) {
    const records: PollRecord[] = [];
    let standsAt = 0;
    const recorded = createSystem(system.parse({ id: systemId, discovery_url: live.url + discoveryPath }));
    const clock = { nowMs: () => standsAt, epochMs: () => standsAt, after: () => () => {} };
    const limits = new HostLimits({ requestsAtOnceMax: 2, requestsPerSecondMax: 10_000 });
    const dependencies: PollDependencies = {
      fetcher,
      tokens: new AccessTokens(fetcher, limits),
      limits,
      publisher: { publish: (record) => void records.push(record) },
      metrics: createIngestMetrics(new Registry()),
      clock,
    };
    return {
      records,
      /** Where discovery says that station_status is. */
      discover: async () => {
        const { discovered } = await pollFeed(recorded.discovery, dependencies, new AbortController().signal);
        records.length = 0;
        return discovered?.find(({ name }) => name === 'station_status')?.url ?? 'not listed';
      },
      poll: async (feedUrl: string, at: Date) => {
        standsAt = at.getTime();
        const url = `${feedUrl}?at=${at.toISOString()}`;
        await pollFeed(
          createFeed(recorded, 'station_status', url),
          dependencies,
          new AbortController().signal,
        );
      },
    };
  }

  // Both versions of each series in `npm run test:long`, else of one of them.
  const versionsOf = (index: number) =>
    isLongRun || index === 0 ? ['2.3', '3.0'] : [index % 2 ? '3.0' : '2.3'];
  test.for(SERIES.flatMap((series, index) => versionsOf(index).map((version) => ({ ...series, version }))))(
    'has the same changes, with the same gaps: $name, as $version',
    async ({ version, ...series }) => {
      const original = `original-${series.file}-${version}`.replaceAll('/', '.');
      const again = `again-${series.file}-${version}`.replaceAll('/', '.');
      const lines = linesOf(series);
      await store.store(
        lines.map(({ fetched_at, body }) =>
          store.message({ system_id: original, second: second(fetched_at), body }),
        ),
      );
      const ingest = createIngest(again, `/gbfs/${original}/${version}/gbfs.json`);
      const url = await ingest.discover();
      for (const { fetched_at } of lines) await ingest.poll(url, new Date(fetched_at));
      await store.store(
        ingest.records.map(({ body, ...record }) =>
          store.message({ ...record, second: second(record.fetched_at), body: body.toString() }),
        ),
      );
      const changes = (systemId: string) =>
        store.ask(
          `select station_id, observed_at, prev_observed_at, num_bikes_available, prev_num_bikes_available,
             num_docks_available, prev_num_docks_available, bikes_delta, docks_delta, gap_seconds
           from api.station_change where system_id = $1 order by station_id, observed_at`,
          [systemId],
        );
      const [expected, found] = [await changes(original), await changes(again)];
      expect(expected.length).toBeGreaterThan(100);
      expect(found).toEqual(expected);
    },
  );
});
