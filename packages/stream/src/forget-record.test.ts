import { expect, test } from 'vitest';
import { ANSWERED } from '../../../test/workers/answered.ts';
import { encodeForget, readForget } from './forget-record.ts';
import { encodePoll } from './poll-record.ts';
import { decodePoll } from './read-poll-record.ts';

const { key, headers } = encodeForget('typo', new Date('2026-01-02T03:04:05.006Z'));

test('a record that forgets a system names it, and is not a poll', () => {
  expect(readForget({ key: Buffer.from(key), headers })).toBe('typo');
  expect(headers).toMatchObject({
    ce_specversion: '1.0',
    ce_type: 'org.velolog.forget',
    ce_id: 'typo/forget/2026-01-02T03:04:05.006Z',
  });
  expect(() => decodePoll({ key: Buffer.from(key), value: null, headers })).toThrow(/ce_type/);
});

test('under the key of another system, or without one, it says nothing', () => {
  expect(readForget({ key: Buffer.from('other'), headers })).toBeNull();
  expect(readForget({ key: null, headers })).toBeNull();
});

test('a poll says to forget nothing', () => {
  const poll = encodePoll({
    ...ANSWERED,
    system_id: 'typo',
    fetched_at: new Date(0),
    body: Buffer.alloc(0),
  });
  expect(readForget({ key: Buffer.from(poll.key), headers: poll.headers })).toBeNull();
});
