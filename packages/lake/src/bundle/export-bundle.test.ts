import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readApiViews, readLakeViews } from '../../../../test/history/lake-rows.ts';
import { random } from '../../../../test/history/random.ts';
import { randomPolls } from '../../../../test/history/random-polls.ts';
import { openTestStore, type TestStore } from '../../../../test/workers/test-store.ts';
import { type ExportOptions, exportBundle, NothingToExport } from './export-bundle.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
/** `npm run test:kills` has 20. */
const KILLS = Number(process.env.EXPORT_KILLS ?? 3);
const EXPORT_PROCESS = fileURLToPath(new URL('./test-export-process.ts', import.meta.url));

let store: TestStore;
let folder: string;
beforeAll(async () => {
  store = await openTestStore();
  folder = await mkdtemp(join(tmpdir(), 'velolog-export-'));
  const polls = randomPolls(seed, { systems: 2, polls: 250, stations: 6 });
  await store.store(polls.map((poll) => store.message({ second: 0, ...poll, body: poll.body.toString() })));
  for (const [system_id, license_url] of [
    ['system-0', 'https://creativecommons.org/licenses/by/4.0/'],
    ['system-1', 'https://example.org/terms'],
  ]) {
    await store.record({
      system_id: system_id as string,
      feed: 'system_information',
      second: 500_000,
      body: {
        data: { system_id, name: 'Bikes | of "town"', operator: 'Operator', timezone: 'UTC', license_url },
      },
    });
  }
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const exported = (dir: string, more: Partial<ExportOptions> = {}) =>
  exportBundle({
    databaseUrl: store.url,
    dir: join(folder, dir),
    systems: [],
    fromDay: null,
    toDay: null,
    includeUnlicensed: true,
    ...more,
  });

/** Each file of a bundle with what it holds. */
async function filesOf(dir: string): Promise<Record<string, string>> {
  const entries = await readdir(join(folder, dir), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    files
      .sort()
      .map(async (path) => [path.slice(join(folder, dir).length + 1), await readFile(path, 'base64')]),
  );
  return Object.fromEntries(texts);
}

type Ended = { code: number | null; signal: NodeJS.Signals | null; tookMs: number };

async function killExport(
  dir: string,
  { afterMs, atRename }: { afterMs?: number; atRename?: number },
): Promise<Ended> {
  const args = [EXPORT_PROCESS, store.url, join(folder, dir), ...(atRename ? [`${atRename}`] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  await Promise.race([once(child.stdout, 'data'), ended]);
  const beganAt = performance.now();
  const timer = afterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), afterMs);
  const [code, signal] = await ended;
  clearTimeout(timer);
  return { code, signal, tookMs: performance.now() - beganAt };
}

/** How far a killed export had come. */
async function stageOf(dir: string): Promise<string> {
  const paths = await readdir(join(folder, dir), { recursive: true }).catch((): string[] => []);
  if (paths.includes('SHA256SUMS')) return 'all was there';
  if (
    paths.includes('lake.json') &&
    (await readFile(join(folder, dir, 'lake.json'), 'utf8')).includes('manifest')
  )
    return 'the data was committed, the checksums were not written';
  return `${paths.filter((path) => path.endsWith('.parquet')).length} files of data, nothing committed`;
}

describe(`an export of random history (SEED=${seed})`, () => {
  test('killed with SIGKILL at random points, in its commit too, and repeated, it is byte for byte the one of a run without faults', async () => {
    await exported('whole');
    const files = Object.keys(await filesOf('whole')).length;
    const next = random(seed);
    // Every other kill comes at a time, spread over how long an export takes here; the others in place of a rename, which
    // the commit is made of. One that comes too late is none: it tells how long an export takes.
    let wholeMs = 2_000;
    for (let killed = 0; killed < KILLS; ) {
      const point =
        killed % 2 === 0 ? { afterMs: next() * wholeMs } : { atRename: 1 + Math.floor(next() * (files + 1)) };
      const { signal, code, tookMs } = await killExport('killed', point);
      if (signal === 'SIGKILL') {
        killed += 1;
        console.log(`kill ${killed} ${JSON.stringify(point)}: ${await stageOf('killed')}`);
        continue;
      }
      expect(code).toBe(0);
      wholeMs = tookMs;
      // The next one has everything to write again.
      await rm(join(folder, 'killed'), { recursive: true });
    }
    await exported('killed');
    expect(await filesOf('killed')).toEqual(await filesOf('whole'));
  });

  test('where the disk is full it says so, and leaves what was there; with room again it ends as any other', async () => {
    await cp(join(folder, 'whole'), join(folder, 'full'), { recursive: true });
    // No file may have more than one block: the kernel answers as a disk does that has no more.
    const { status, stderr } = spawnSync(
      'sh',
      [
        '-c',
        'ulimit -f 1 && exec "$0" "$@"',
        process.execPath,
        EXPORT_PROCESS,
        store.url,
        join(folder, 'full'),
      ],
      { encoding: 'utf8' },
    );
    expect(stderr).toContain('There is no space left for');
    expect(status).not.toBe(0);
    expect(await filesOf('full')).toEqual(await filesOf('whole'));
    await exported('full');
    expect(await filesOf('full')).toEqual(await filesOf('whole'));
  });

  test('two at once into the same folder leave what one leaves', async () => {
    await Promise.all([exported('both'), exported('both')]);
    expect(await filesOf('both')).toEqual(await filesOf('whole'));
  });

  test('days cut from it have the changes of these days, each against what held before', async () => {
    await exported('days', { fromDay: '2026-06-15', toDay: '2026-06-15' });
    const changes = async (rows: Promise<Record<string, string[]>>) =>
      ((await rows).station_change ?? []).filter((line) => line.includes('"observed_at":"2026-06-15T'));
    expect(await changes(readLakeViews(join(folder, 'days')))).toEqual(
      await changes(readApiViews(store.url)),
    );
  });

  test('leaves out and names a system whose licence is not known, unless it is asked for', async () => {
    const result = await exported('licensed', { includeUnlicensed: false });
    expect(result.systems.map(({ system_id, licence }) => [system_id, licence])).toEqual([
      ['system-0', 'CC-BY'],
    ]);
    expect(result.left_out).toEqual([
      { system_id: 'system-1', reason: 'licence_unknown', license_url: 'https://example.org/terms' },
    ]);
    const files = await filesOf('licensed');
    expect(Object.keys(files).filter((path) => path.includes('system-1'))).toEqual([]);
    expect(Buffer.from(files['LICENSES.md'] ?? '', 'base64').toString()).toContain('Left out');
    await expect(exported('none', { includeUnlicensed: false, systems: ['system-1'] })).rejects.toThrow(
      NothingToExport,
    );
  });

  test('a folder that holds something else, a damaged lake and one of a newer version are refused, and left as they are', async () => {
    await exported('bad');
    const lakeFile = join(folder, 'bad/lake.json');
    const whole = await readFile(lakeFile, 'utf8');
    await writeFile(lakeFile, whole.replace('"version": 1', '"version": 2'));
    await expect(exported('bad')).rejects.toThrow(/newer Velolog.*update Velolog/);
    await writeFile(lakeFile, '{"format": ');
    await expect(exported('bad')).rejects.toThrow(/damaged/);
    await rm(lakeFile);
    await expect(exported('bad')).rejects.toThrow(/holds something else/);
    expect(await readdir(join(folder, 'bad'))).toContain('station_status');
  });
});
