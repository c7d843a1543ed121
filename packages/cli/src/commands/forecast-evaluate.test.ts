import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { evaluate as run } from './test-evaluate.ts';

function recording(bodies: unknown[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'velolog-forecast-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'recorded.ndjson');
  const lines = bodies.map((body, at) =>
    JSON.stringify({ fetched_at: new Date(1_700_000_000_000 + at * 600_000).toISOString(), body }),
  );
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

test('a short recording is scored as persistence, as a table and as JSON, with the bodies it skipped', async () => {
  const bodies = Array.from({ length: 40 }, (_, at) => ({
    last_updated: 1_700_000_000,
    ttl: 60,
    data: { stations: [{ station_id: 'a', num_bikes_available: at % 3, num_docks_available: 2 }] },
  }));
  const file = recording([...bodies, 'no JSON']);
  const table = await run(file);
  expect(table).toMatchObject({ code: 0, stderr: expect.stringContaining('skipped bodies: 1 not_json') });
  expect(table.stdout).toContain('persistence');
  expect(table.stdout).toContain('Hours are those of UTC, guessed');
  const { stdout } = await run('--json', '--minutes', '10,90', file);
  expect(
    JSON.parse(stdout).map(({ target, minutes, basis }: Record<string, unknown>) => [target, minutes, basis]),
  ).toEqual([
    ['bike', 10, 'persistence'],
    ['bike', 90, 'persistence'],
    ['dock', 10, 'persistence'],
    ['dock', 90, 'persistence'],
  ]);
});

test('the counts of a closed station are neither learned from nor forecast, as in the store', async () => {
  const bodyAt = (at: number, closed: object) => ({
    data: {
      stations: [
        { station_id: 'open', num_bikes_available: at % 3, num_docks_available: 2 },
        { station_id: 'shut', num_bikes_available: at % 2, num_docks_available: 2, ...closed },
      ],
    },
  });
  const pairsOf = async (closed: object) => {
    const bodies = Array.from({ length: 40 }, (_, at) => bodyAt(at, closed));
    const { stdout } = await run('--json', '--minutes', '20', recording(bodies));
    return JSON.parse(stdout)[0].pairs as number;
  };
  const both = await pairsOf({});
  expect(await pairsOf({ is_renting: false, is_returning: true })).toBe(both);
  expect(await pairsOf({ is_renting: false, is_returning: false })).toBe(both / 2);
  expect(await pairsOf({ is_installed: false })).toBe(both / 2);
});

test('wrong use and files without stations get one clear message', async () => {
  const file = recording([{ data: { bikes: [] } }]);
  expect(await run('--minutes', '20,x', file)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--minutes is "20,x"'),
  });
  expect(await run('--timezone', 'Mars/Base', file)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Europe/Oslo'),
  });
  expect(await run('--timezone', 'BST', file)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Europe/Oslo'),
  });
  expect(await run('/nowhere.ndjson')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no file'),
  });
  expect(await run(file)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('contains no station_status'),
  });
});

const countsAt = (at: number) => ({
  data: { stations: [{ station_id: 'a', num_bikes_available: at % 3, num_docks_available: 2 }] },
});

test('where nothing can be judged, it says why', async () => {
  const noDocks = Array.from({ length: 40 }, (_, at) => ({
    data: { stations: [{ station_id: 'a', num_bikes_available: at % 3 }] },
  }));
  expect(await run('--minutes', '20', recording(noDocks))).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^\S+: nothing to judge for docks: .+\n$/),
  });
  expect(
    await run('--minutes', '5,20', recording(Array.from({ length: 40 }, (_, at) => countsAt(at)))),
  ).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(
      /^\S+: nothing to judge for bikes in 5 minutes: .+\n\S+ nothing to judge for docks in 5 minutes: .+\n$/,
    ),
  });
  expect(await run(recording([countsAt(0)]))).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^\S+: nothing to judge: it has a single observation\n$/),
  });
});

test('a file that cannot be read does not hide the scores of the others', async () => {
  const good = recording(Array.from({ length: 40 }, (_, at) => countsAt(at)));
  const { code, stdout, stderr } = await run('--json', '--minutes', '20', '/nowhere.ndjson', good);
  expect(code).toBe(1);
  expect(JSON.parse(stdout).map(({ file }: { file: string }) => file)).toEqual([good, good]);
  expect(stderr).toContain('There is no file /nowhere.ndjson');
  expect(stderr).toContain('1 of 2 recordings could not be evaluated');
});
