import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidSettings } from '@velolog/worker/settings';
import { UserError } from '@velolog/worker/user-error';
import { expect, onTestFinished, test } from 'vitest';
import { checkSettings } from './check-settings.ts';

async function problemOf(env: NodeJS.ProcessEnv, ingest = true): Promise<Error> {
  return checkSettings(env, { ingest }).then(
    () => Promise.reject(new Error('nothing is wrong with it')),
    (error: Error) => error,
  );
}

test('problems of the supervisor, the workers and systems.json are reported together, each once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'velolog-settings-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const SYSTEMS_FILE = join(folder, 'systems.json');
  writeFileSync(
    SYSTEMS_FILE,
    '{"systems":[{"id":"oslo","discovery_url":"https://example.org/gbfs.json","intervall":3}]}',
  );
  const problem = await problemOf({
    SYSTEMS_FILE,
    KAFKA_BROKERS: 'localhost',
    LOG_LEVEL: 'loud',
    STORE_PORT: 'x',
    POSTGRES_PORT: '99999',
    RETENTION_DAYS: '0',
    POLL_FLOOR_SECONDS: '-1',
  });
  expect(problem).toBeInstanceOf(InvalidSettings);
  expect(problem.message.split('\n')).toEqual([
    'Invalid settings:',
    '  LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent (it is "loud")',
    '  POSTGRES_PORT: expected number to be <=65535 (it is "99999")',
    '  STORE_PORT: expected number (it is "x")',
    '  KAFKA_BROKERS: expected host:port (it is "localhost")',
    '  RETENTION_DAYS: expected number to be >=1 (it is "0")',
    '  POLL_FLOOR_SECONDS: expected number to be >0 (it is "-1")',
    `${SYSTEMS_FILE} has one problem:`,
    '  systems[0].intervall: unknown key',
  ]);
});

test('settings of a catalogue without a catalogue are refused, beside a folder and without a lake', async () => {
  const stray = { LAKE_S3_ENDPOINT: 'https://s3.example.org', LAKE_S3_ACCESS_KEY_ID: 'id' };
  for (const env of [stray, { ...stray, LAKE_DIR: '/srv/lake' }]) {
    const problem = await problemOf({ KAFKA_BROKERS: 'kafka:9092', ...env }, false);
    expect(problem).toBeInstanceOf(InvalidSettings);
    expect(problem.message).toBe(
      'Invalid settings:\n  LAKE_CATALOG_URI: is not set, and without a catalogue LAKE_S3_ENDPOINT, LAKE_S3_ACCESS_KEY_ID would be ignored: set it, or remove those',
    );
  }
  await checkSettings({ KAFKA_BROKERS: 'kafka:9092', LAKE_S3_ENDPOINT: '' }, { ingest: false });
});

test('a port of 0 is a free one, as for the workers', async () => {
  await checkSettings({ KAFKA_BROKERS: 'kafka:9092', STORE_PORT: '0', KAFKA_PORT: '0' }, { ingest: false });
});

test('without Java and without KAFKA_BROKERS the ways out are said before anything is started', async () => {
  const problem = await problemOf({ PATH: tmpdir() }, false);
  expect(problem).toBeInstanceOf(UserError);
  expect(problem.message).toMatch(
    /Java is not installed\. Three options:\n.*apt-get[^\n]*\n.*docker compose up\n.*KAFKA_BROKERS/,
  );
});
