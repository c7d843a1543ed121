import { InvalidSettings } from '@velolog/worker/settings';
import { expect, test } from 'vitest';
import { HELP, readArguments } from './arguments.ts';

test('without arguments one city of GBFS 2.3 is simulated in real time', () => {
  expect(readArguments([])).toMatchObject({
    systems: 1,
    stations: 250,
    versions: ['2.3'],
    timeFactor: 1,
    port: 0,
  });
});

test('every option is read', () => {
  const options = readArguments([
    ...[
      '--systems',
      '1520',
      '--total-stations',
      '230000',
      '--versions',
      '2.3, 3.0',
      '--seed',
      'x',
      '--hosts',
      '3',
    ],
    ...['--time-factor', '2.5', '--start-hour', '8', '--ttl', '30', '--port', '8080', '--host', '0.0.0.0'],
    ...['--public-url', 'http://simulator:8080', '--started-at', '2026-11-23T07:00:00Z'],
    ...['--vehicles', '500', '--vehicle-ids', 'resetting, rotating', '--every-feed'],
  ]);
  expect(options).toEqual({
    systems: 1520,
    stations: { total: 230_000 },
    versions: ['2.3', '3.0'],
    seed: 'x',
    hosts: 3,
    timeFactor: 2.5,
    startHour: 8,
    ttlSeconds: 30,
    port: 8080,
    host: '0.0.0.0',
    publicUrl: 'http://simulator:8080',
    startedAtMs: Date.UTC(2026, 10, 23, 7),
    vehicles: 500,
    vehicleIds: ['resetting', 'rotating'],
    everyFeed: true,
  });
});

test('wrong values are refused all at once, unknown options by name', () => {
  const wrong = ['--systems', 'many', '--versions', '2.3,9.9', '--started-at', 'yesterday', '--port', ''];
  expect(() => readArguments(wrong)).toThrow(InvalidSettings);
  for (const flag of ['--port', '--systems', '--versions', '--started-at']) {
    expect(() => readArguments(wrong)).toThrow(`  ${flag}: Invalid`);
  }
  expect(() => readArguments(['--sytems', '3'])).toThrow("Unknown option '--sytems'");
});

test('help is asked for, not done, and names every option', () => {
  expect(readArguments(['--help'])).toBeNull();
  for (const option of ['--host', '--ttl', '--total-stations', '--started-at'])
    expect(HELP).toContain(option);
});
