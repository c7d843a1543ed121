import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { corpus } from '../../../../test/corpus.ts';

const velolog = fileURLToPath(new URL('../../bin/velolog.js', import.meta.url));
const OSLO = join(corpus, 'series/oslo_bysykkel/station_status.2022-10_2022-12.ndjson.gz');

type Result = { code: number; stdout: string; stderr: string };

function run(...args: string[]): Promise<Result> {
  const { promise, resolve } = Promise.withResolvers<Result>();
  execFile(process.execPath, [velolog, 'forecast', 'evaluate', ...args], (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
  });
  return promise;
}

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

test.skipIf(!existsSync(OSLO))(
  'on six weeks of Oslo the forecast saves what the notes measured, and more',
  async () => {
    const { code, stdout } = await run('--json', '--minutes', '40', '--timezone', 'Europe/Oslo', OSLO);
    expect(code).toBe(0);
    const [bike, dock] = JSON.parse(stdout);
    expect(bike).toMatchObject({ file: OSLO, target: 'bike', minutes: 40, basis: 'logit' });
    expect(bike.skill_persistence).toBeGreaterThan(0.18);
    expect(bike.skill_damped).toBeGreaterThan(0.07);
    expect(bike.interval[0]).toBeGreaterThan(0.15);
    expect(dock.skill_persistence).toBeGreaterThan(0.2);
    expect(dock.skill_damped).toBeGreaterThan(0.07);
    for (const { cases, forecast, observed } of [...bike.reliability, ...dock.reliability]) {
      if (cases >= 500) expect(Math.abs(forecast - observed)).toBeLessThan(0.05);
    }
  },
);

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
