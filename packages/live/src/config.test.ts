import { readSettings } from '@velolog/worker/settings';
import { expect, test } from 'vitest';
import { liveSettings } from './config.ts';

const URL_OF_READER = 'postgres://velolog_reader@127.0.0.1/velolog';
const URL_OF_LIVE = 'postgres://velolog_live@127.0.0.1/velolog';

const read = (env: Record<string, string>) =>
  readSettings(liveSettings, { READER_DATABASE_URL: URL_OF_READER, ...env });

test.each([
  ['https://maps.example.org', ['https://maps.example.org']],
  ['https://maps.example.org/', ['https://maps.example.org']],
  [
    ' HTTPS://Maps.Example.org:443 , http://localhost:5173',
    ['https://maps.example.org', 'http://localhost:5173'],
  ],
  ['capacitor://localhost', ['capacitor://localhost']],
  ['*', ['*']],
])('LIVE_CORS_ORIGINS=%s is read as browsers write origins', (text, origins) => {
  expect(read({ LIVE_CORS_ORIGINS: text }).LIVE_CORS_ORIGINS).toEqual(origins);
});

test.each(['maps.example.org', 'https://maps.example.org/bikes', 'https://*.example.org:x', 'https:///'])(
  'LIVE_CORS_ORIGINS=%s, which no browser would ever match, is refused',
  (text) => {
    expect(() => read({ LIVE_CORS_ORIGINS: `*,${text}` })).toThrow('LIVE_CORS_ORIGINS: must be origins');
  },
);

test('LIVE_DATABASE_URL counts more than READER_DATABASE_URL, and is named when it is the one that is wrong', () => {
  expect(read({ LIVE_DATABASE_URL: URL_OF_LIVE }).READER_DATABASE_URL).toBe(URL_OF_LIVE);
  expect(read({}).READER_DATABASE_URL).toBe(URL_OF_READER);
  expect(() => read({ LIVE_DATABASE_URL: 'velolog' })).toThrow(
    /^Invalid settings:\n {2}LIVE_DATABASE_URL: must be a URL such as postgres:[^(]+$/,
  );
  expect(() => readSettings(liveSettings, {})).toThrow('READER_DATABASE_URL: must be a URL');
});
