import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { feedNamed } from '@velolog/gbfs/feeds';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corpus, missingCorpus } from './corpus.ts';
import { isLongRun } from './is-long-run.ts';
import { startTestLive, type TestLive } from './workers/test-live.ts';
import { openTestStore, START, type TestStore } from './workers/test-store.ts';

const missing = missingCorpus('snapshots') ?? missingCorpus('schemas');

type Document = { data: Record<string, unknown> };
type Listed = { name: string; url: string };

const validators = new Map<string, ValidateFunction>();

/** MobilityData's schema of a document, as a strict reader would apply it. */
function validatorOf(version: string, feed: string): ValidateFunction {
  const path = join(corpus, 'schemas', `v${version}`, `${feed}.json`);
  let validate = validators.get(path);
  if (validate === undefined) {
    const ajv = new Ajv({ strict: false, allErrors: false });
    addFormats.default(ajv);
    validate = ajv.compile(JSON.parse(readFileSync(path, 'utf8')));
    validators.set(path, validate);
  }
  return validate;
}

/** The folders of recorded documents that hold what the store reads, one a system. */
function snapshotSystems(): { id: string; feeds: Map<string, string> }[] {
  const root = join(corpus, 'snapshots');
  return readdirSync(root, { withFileTypes: true })
    .filter((version) => version.isDirectory())
    .flatMap((version) =>
      readdirSync(join(root, version.name), { withFileTypes: true })
        .filter((system) => system.isDirectory())
        .map((system) => {
          const folder = join(root, version.name, system.name);
          const feeds = readdirSync(folder)
            .map((file): [string, string] => [file.replace(/\.json$/, ''), join(folder, file)])
            .filter(([name]) => feedNamed(name)?.decode != null);
          return {
            id: `${version.name}/${system.name}`,
            feeds: new Map(feeds.map(([name, path]) => [name, readFileSync(path, 'utf8')])),
          };
        }),
    )
    .filter(({ feeds }) => feeds.size > 0);
}

/** What moves between two polls of these feeds. */
const MOVING = new Set(['station_status', 'free_bike_status', 'vehicle_status']);

type Item = Record<string, unknown>;

/** A recorded body as it might have been `number` polls later: so many more vehicles at each station, and every fourth free one is gone. */
function bodyOfPoll(body: string, number: number): string {
  let document: Document;
  try {
    document = JSON.parse(body);
  } catch {
    return body;
  }
  const { stations, bikes, vehicles } = (document.data ?? {}) as Record<string, Item[] | undefined>;
  for (const station of Array.isArray(stations) ? stations : []) {
    for (const name of ['num_bikes_available', 'num_vehicles_available'])
      if (typeof station[name] === 'number') station[name] += number;
  }
  const stay = (list: Item[] | undefined) =>
    Array.isArray(list) ? list.filter((_, index) => number === 0 || index % 4 !== number - 1) : list;
  return JSON.stringify({
    ...document,
    data: {
      ...document.data,
      ...(bikes && { bikes: stay(bikes) }),
      ...(vehicles && { vehicles: stay(vehicles) }),
    },
  });
}

type Compared = { what: string; isRight: boolean };

/** Whether a document shows what the bodies of that poll had, beside the document of the first poll. */
function movedSince(
  first: Document | undefined,
  body: Document,
  number: number,
): { stations: Compared[]; vehicles: Compared[] } {
  const listOf = (document: Document | undefined, ...names: string[]) =>
    names.map((name) => document?.data[name]).find(Array.isArray) as Item[] | undefined;
  const bikesOf = (station: Item) =>
    (station.num_vehicles_available ?? station.num_bikes_available) as number;
  const before = new Map(listOf(first, 'stations')?.map((station) => [station.station_id, bikesOf(station)]));
  const stations = (listOf(body, 'stations') ?? []).flatMap((station) => {
    const was = before.get(station.station_id);
    // Its count is not known in every recorded body; what was never known stays so.
    if (was === undefined || bikesOf(station) === undefined) return [];
    const what = `station ${station.station_id}: ${was}, then ${bikesOf(station)}`;
    return [{ what, isRight: bikesOf(station) === was + number }];
  });
  const counts = [first, body].map((document) => listOf(document, 'bikes', 'vehicles')?.length ?? 0);
  const [had = 0, has = 0] = counts;
  const what = `${had} vehicles, then ${has}`;
  const isRight = number === 0 ? has === had : has < had && has > had / 2;
  return { stations, vehicles: had < 4 ? [] : [{ what, isRight }] };
}

const nowSecond = () => Math.floor((Date.now() - START) / 1000);

describe.skipIf(missing !== null)('the recorded systems as GBFS', () => {
  let store: TestStore;
  let live: TestLive;
  const systems = missing === null ? snapshotSystems() : [];
  const now = nowSecond();
  /** When everything was polled. The newest is now; the times between were not looked at. */
  const seconds = [now - 7200, now - 4800, now - 2400, now - 2];

  beforeAll(async () => {
    store = await openTestStore();
    live = await startTestLive(store.readerUrl, { gbfsUnlicensed: true });
    for (const [number, second] of seconds.entries()) {
      const polls = systems.flatMap(({ id, feeds }) =>
        [...feeds].map(([feed, body]) =>
          number === 0 || MOVING.has(feed)
            ? store.message({ system_id: id, feed, second, body: bodyOfPoll(body, number) })
            : store.message({ system_id: id, feed, second, outcome: 'unchanged' }),
        ),
      );
      await store.store(polls);
    }
    // As autovacuum does in time.
    await store.ask('analyze');
  });
  afterAll(async () => {
    await live?.[Symbol.asyncDispose]();
    await store?.[Symbol.asyncDispose]();
  });

  /** What discovery lists, and itself; null where it says that there is nothing. */
  async function documentsOf(id: string, version: string, suffix: string) {
    const answer = await fetch(`${live.url}/gbfs/${encodeURIComponent(id)}/${version}/gbfs.json${suffix}`);
    if (answer.status === 404) return [];
    const gbfs = (await answer.json()) as Document;
    const { feeds } = (version === '3.0' ? gbfs.data : gbfs.data.und) as { feeds: Listed[] };
    const listed = feeds.map(async ({ name, url }) => {
      const answer = await fetch(url);
      expect(answer.status, url).toBe(200);
      return { name, body: (await answer.json()) as Document };
    });
    return [{ name: 'gbfs', body: gbfs }, ...(await Promise.all(listed))];
  }

  test('are valid by the schemas of 2.3 and 3.0, now and at three past times, and equal the polls of those times', async () => {
    const past = seconds.slice(0, 3).map((second) => `?at=${new Date(START + second * 1000).toISOString()}`);
    const problems: string[] = [];
    const served: Record<string, number> = {};
    const compared = { stations: 0, vehicles: 0 };
    for (const [index, { id }] of systems.entries()) {
      const first = new Map<string, Document>();
      for (const [number, suffix] of [...past, ''].entries()) {
        // The first poll is what the others are compared with; without time for all of those, it is one of them, another for each system.
        if (!isLongRun && number !== 0 && number !== 1 + (index % 3)) continue;
        const documents = await Promise.all(
          ['2.3', '3.0'].map(async (version) => ({
            version,
            documents: await documentsOf(id, version, suffix),
          })),
        );
        for (const { version, documents: listed } of documents) {
          for (const { name, body } of listed) {
            served[`${version} ${name}`] = (served[`${version} ${name}`] ?? 0) + 1;
            const validate = validatorOf(version, name);
            if (!validate(body))
              problems.push(`${id}${suffix} ${version} ${name}: ${JSON.stringify(validate.errors?.[0])}`);
            const place = `${version} ${name}`;
            if (number === 0) first.set(place, body);
            const { stations, vehicles } = movedSince(first.get(place), body, number);
            compared.stations += stations.length;
            compared.vehicles += vehicles.length;
            for (const one of [...stations, ...vehicles].filter(({ isRight }) => !isRight))
              problems.push(`${id}${suffix} ${place}: ${one.what}`);
          }
        }
      }
    }
    expect(problems).toEqual([]);
    const times = isLongRun ? seconds.length : 2;
    expect(compared.stations).toBeGreaterThan(250 * times);
    expect(compared.vehicles).toBeGreaterThanOrEqual(times * 6);
    // Each of the recorded systems with stations or vehicles, so many times.
    expect(served['3.0 gbfs']).toBeGreaterThanOrEqual(times * 30);
    expect(served['3.0 station_status']).toBeGreaterThanOrEqual(times * 25);
    expect(served['2.3 free_bike_status']).toBeGreaterThanOrEqual(times * 10);
  });
});
