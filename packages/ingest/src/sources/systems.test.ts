import { readFile } from 'node:fs/promises';
import { InvalidSettings } from '@velolog/worker/settings';
import { expect, test } from 'vitest';
import { parseSystems, readSystems } from './systems.ts';

const oslo = { id: 'oslo', discovery_url: 'https://example.org/gbfs.json' };
const parse = (...systems: unknown[]) => parseSystems(JSON.stringify({ systems }), 'systems.json');

function problemsOf(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidSettings);
    return (error as Error).message.split('\n').map((line) => line.trim());
  }
  throw new Error('nothing was refused');
}

test('a missing parameter has its default', () => {
  expect(parse(oslo)).toEqual([
    {
      ...oslo,
      headers: {},
      feeds: [
        'station_status',
        'station_information',
        'system_information',
        'free_bike_status',
        'vehicle_status',
        'vehicle_types',
        'system_regions',
        'system_alerts',
        'system_pricing_plans',
        'geofencing_zones',
      ],
      languages: [],
    },
  ]);
});

test('the shipped file records Oslo and identifies us', async () => {
  const shipped = new URL('../../../../systems.json', import.meta.url);
  const [system] = parseSystems(await readFile(shipped, 'utf8'), 'systems.json');
  expect(system).toMatchObject({ id: 'oslobysykkel', headers: { 'Client-Identifier': 'velolog-recorder' } });
});

test('all problems are reported together, each with its place', () => {
  const wrong = {
    id: 'with space',
    discovery_url: 'ftp://example.org',
    headers: { 'Not A Name': 'x', 'If-None-Match': 'x', 'X-Key': 'a\nb' },
    interval_seconds: 0,
    intervall: 30,
    feeds: ['trips'],
  };
  const problems = problemsOf(() => parse(oslo, wrong, { discovery_url: oslo.discovery_url }, oslo));
  expect(problems).toEqual([
    'systems.json has 10 problems:',
    expect.stringMatching(/^systems\[1\]\.id: expected up to 255 of/),
    'systems[1].discovery_url: expected an http or https URL',
    expect.stringMatching(/^systems\[1\]\.headers\["Not A Name"\]: is no name/),
    expect.stringMatching(/^systems\[1\]\.headers\["If-None-Match"\]: is a header that ingest sets/),
    expect.stringMatching(/^systems\[1\]\.headers\["X-Key"\]: holds characters/),
    expect.stringMatching(/^systems\[1\]\.interval_seconds: /),
    expect.stringMatching(/^systems\[1\]\.feeds\[0\]: .*station_status/),
    'systems[1].intervall: unknown key',
    'systems[2].id: is missing (expected string)',
    'systems[3].id: "oslo" is already systems[0]',
  ]);
});

test('credentials in the URL are refused without being repeated', () => {
  const [, problem] = problemsOf(() => parse({ ...oslo, discovery_url: 'https://me:secret@example.org/' }));
  expect(problem).toContain('put credentials into "headers"');
  expect(problem).not.toContain('secret');
});

test.each([
  ['[]', '(top level): '],
  ['{}', 'systems: is missing'],
  ['{"systems":[]}', 'systems: expected at least one system'],
  ['{"systems":[],"extra":1}', 'extra: unknown key'],
  ['{"systems":[', 'systems.json is not JSON'],
])('%s is refused: %s', (text, problem) => {
  expect(problemsOf(() => parseSystems(text, 'systems.json')).join('\n')).toContain(problem);
});

test('a missing file is reported by name', async () => {
  await expect(readSystems('/no/such/systems.json')).rejects.toThrow(
    'Cannot read the systems to record from /no/such/systems.json: there is no such file (set SYSTEMS_FILE)',
  );
});
