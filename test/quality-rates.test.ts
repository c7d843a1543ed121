import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readHistory } from '@velolog/cli/history/history-file';
import { checkQualityOnce } from '@velolog/store/upkeep/quality/check-quality';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { corpus, missingCorpus } from './corpus.ts';
import { openTestStore, START, type TestStore } from './workers/test-store.ts';

/** The table of docs/quality.md, worked out again. `npm run test:rates` compares it, `UPDATE=1 npm run test:rates` writes it. */
const FILE = new URL('../docs/quality.md', import.meta.url);
const TABLE = /(?<=<!-- rates -->\n)[\s\S]*?(?=\n<!-- end of rates -->)/;
/** Of a longer recording the first days: each flag has had its time. */
const DAYS_MAX = 3;
const LOOKS_MAX = 10;
const TIMEZONES: Record<string, string> = {
  oslo_bysykkel: 'Europe/Oslo',
  docomo_tokyo: 'Asia/Tokyo',
  fordgobike_sf: 'America/Los_Angeles',
  bicing_barcelona: 'Europe/Madrid',
  mybuxi_ch: 'Europe/Zurich',
  tier_wolfsburg_free_bike_status: 'Europe/Berlin',
};
vi.setConfig({ testTimeout: 400_000, hookTimeout: 120_000 });

const missing = missingCorpus('series/oracle.json');
let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

/** Plays a recording as if it had been polled, with looks at its quality in between. */
async function playRecording(
  file: string,
  system_id: string,
): Promise<{ polls: number; looks: number; flagged: Map<string, number> }> {
  const polls = await readPolls(file);
  const feed = file.includes('free_bike_status') ? 'free_bike_status' : 'station_status';
  const first = polls[0]?.fetched_at.getTime() ?? 0;
  const pauseMs = ((polls.at(-1)?.fetched_at.getTime() ?? 0) - first) / LOOKS_MAX;
  const information = join(dirname(file), 'station_information.json');
  await store.tellTimezone(system_id, TIMEZONES[basename(dirname(file))] ?? 'America/New_York');
  const inform = async (fetched_at: Date) => {
    if (!existsSync(information)) return;
    await store.record({
      system_id,
      feed: 'station_information',
      second: 0,
      fetched_at,
      body: readFileSync(information, 'utf8'),
    });
  };
  const flagged = new Map<string, number>();
  let looks = 0;
  let messages: ReturnType<TestStore['message']>[] = [];
  let lookedAt = first;
  for (const { fetched_at, body } of polls) {
    messages.push(store.message({ system_id, feed, second: 0, fetched_at, body }));
    const isLast = fetched_at === polls.at(-1)?.fetched_at;
    if (fetched_at.getTime() - lookedAt < pauseMs && !isLast) continue;
    lookedAt = fetched_at.getTime();
    await store.store(messages);
    messages = [];
    await inform(fetched_at);
    await rollUpAll(store.context.pool);
    await checkQualityOnce(store.context.pool, new Date(START));
    looks += 1;
    for (const { flag } of await store.ask(
      'select distinct flag from api.data_quality_issue where system_id = $1 and ended_at is null and station_id is null',
      [system_id],
    ))
      flagged.set(flag as string, (flagged.get(flag as string) ?? 0) + 1);
  }
  return { polls: polls.length, looks, flagged };
}

async function readPolls(file: string): Promise<{ fetched_at: Date; body: string }[]> {
  const polls: { fetched_at: Date; body: string }[] = [];
  for await (const { fetched_at, body } of readHistory(file)) {
    const first = polls[0]?.fetched_at ?? fetched_at;
    if (fetched_at.getTime() - first.getTime() > DAYS_MAX * 86_400_000) break;
    polls.push({ fetched_at, body: Buffer.from(body).toString() });
  }
  return polls;
}

test.skipIf(missing !== null)(
  'the rates in docs/quality.md are those of the recordings (if not: UPDATE=1 npm run test:rates)',
  async () => {
    const lines = ['| recording | polls | stations or vehicles | flagged |', '|---|---|---|---|'];
    for (const path of globSync('series/*/*.ndjson.gz', { cwd: corpus }).sort()) {
      const system_id = path.replaceAll(/[^\w.-]/g, ':');
      const { polls, looks, flagged } = await playRecording(join(corpus, path), system_id);
      const [size] = await store.ask(
        "select max((facts ->> 'rows')::int) as rows from velolog.feed_body join velolog.feed using (feed_key) join velolog.system using (system_key) where system_id = $1 and feed in ('station_status', 'free_bike_status')",
        [system_id],
      );
      const ofStations = await store.ask(
        'select flag, count(distinct station_id)::int as stations from api.data_quality_issue where system_id = $1 and station_id is not null group by flag order by flag',
        [system_id],
      );
      const told = [
        ...[...flagged]
          .sort()
          .map(
            ([flag, times]) => `\`${flag}\` at ${times === looks ? 'each' : `${times}`} of ${looks} looks`,
          ),
        ...ofStations.map(({ flag, stations }) => `\`${flag}\` of ${stations}`),
      ];
      lines.push(
        `| ${path.replace('series/', '').replace('.ndjson.gz', '')} | ${polls} | ${size?.rows ?? 0} | ${told.join('; ') || 'nothing'} |`,
      );
    }
    const text = readFileSync(FILE, 'utf8');
    const table = lines.join('\n');
    expect(text).toMatch(TABLE);
    if (process.env.UPDATE === '1') writeFileSync(FILE, text.replace(TABLE, table));
    else expect(TABLE.exec(text)?.[0]).toBe(table);
  },
);
