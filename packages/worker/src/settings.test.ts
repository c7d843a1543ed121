import { expect, test } from 'vitest';
import { z } from 'zod';
import { InvalidSettings, readSettings } from './settings.ts';

const schema = z.object({
  INGEST_PORT: z.coerce.number().int().default(0),
  KAFKA_BROKERS: z.string(),
  KAFKA_SASL_PASSWORD: z.string().min(8, 'expected 8 characters or more').optional(),
});

function problemsOf(env: Record<string, string>): string[] {
  try {
    readSettings(schema, env);
  } catch (error) {
    if (error instanceof InvalidSettings) return error.message.split('\n');
  }
  throw new Error('settings were accepted');
}

test('reads the settings that the schema names and nothing else', () => {
  const env = { KAFKA_BROKERS: 'a:1', INGEST_PORT: '9464', HOME: '/root' };
  expect(readSettings(schema, env)).toEqual({ KAFKA_BROKERS: 'a:1', INGEST_PORT: 9464 });
});

test('a variable set to nothing is not set', () => {
  expect(readSettings(schema, { KAFKA_BROKERS: 'a:1', INGEST_PORT: '' })).toEqual({
    KAFKA_BROKERS: 'a:1',
    INGEST_PORT: 0,
  });
  expect(problemsOf({ KAFKA_BROKERS: ' ' })).toEqual(['Invalid settings:', '  KAFKA_BROKERS: is not set']);
});

test('reports all problems together, each with its variable and value, but never the value of a secret', () => {
  expect(problemsOf({ INGEST_PORT: 'http', KAFKA_SASL_PASSWORD: 'hunter2' })).toEqual([
    'Invalid settings:',
    '  INGEST_PORT: expected number (it is "http")',
    '  KAFKA_BROKERS: is not set',
    '  KAFKA_SASL_PASSWORD: expected 8 characters or more',
  ]);
});

test('settings of several packages are reported together', () => {
  const joined = schema
    .transform(({ KAFKA_BROKERS }) => ({ KAFKA_BROKERS }))
    .and(z.object({ SYSTEMS_FILE: z.string() }));
  expect(() => readSettings(joined, {})).toThrow(
    'Invalid settings:\n  KAFKA_BROKERS: is not set\n  SYSTEMS_FILE: is not set',
  );
  expect(readSettings(joined, { KAFKA_BROKERS: 'a:1', SYSTEMS_FILE: 's.json' })).toEqual({
    KAFKA_BROKERS: 'a:1',
    SYSTEMS_FILE: 's.json',
  });
});
