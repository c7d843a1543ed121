import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidPollRecord } from './invalid-poll-record.ts';
import { readPollHeaders } from './poll-headers.ts';
import { encodePoll, type PollRecord } from './poll-record.ts';
import { decodePoll } from './read-poll-record.ts';

const FETCHED: PollRecord = {
  system_id: 'oslobysykkel',
  feed: 'station_status',
  fetched_at: new Date('2026-11-22T10:00:00.120Z'),
  source: 'https://gbfs.urbansharing.com/oslobysykkel.no/station_status.json',
  outcome: 'fetched',
  http_status: 200,
  etag: '"å-1"',
  duration_ms: 41.6,
  error: null,
  content_type: 'application/json; charset=utf-8',
  imported: false,
  body_id: null,
  body: Buffer.from('{"data":{"stations":[]}}'),
};

const FAILED: PollRecord = {
  ...FETCHED,
  outcome: 'failed',
  http_status: null,
  etag: null,
  duration_ms: null,
  error: 'timeout',
  content_type: null,
  body: Buffer.alloc(0),
};

/** As it comes back from a broker, where every header is bytes. */
function received(poll: PollRecord, changes: Record<string, string | undefined> = {}) {
  const { key, value, headers } = encodePoll(poll);
  const changed = Object.entries({ ...headers, ...changes }).filter((entry) => entry[1] !== undefined);
  return {
    key: Buffer.from(key) as Buffer | null,
    value: value as Buffer | null,
    headers: Object.fromEntries(changed.map(([name, text]) => [name, Buffer.from(String(text))])),
  };
}

describe('encodePoll', () => {
  test('writes the CloudEvents headers of the contract, and the body as it is', () => {
    expect(encodePoll(FETCHED)).toEqual({
      key: 'oslobysykkel',
      value: FETCHED.body,
      headers: {
        ce_specversion: '1.0',
        ce_id: 'oslobysykkel/station_status/2026-11-22T10:00:00.120Z',
        ce_source: FETCHED.source,
        ce_type: 'org.gbfs.station_status',
        ce_subject: 'oslobysykkel',
        ce_time: '2026-11-22T10:00:00.120Z',
        'content-type': 'application/json; charset=utf-8',
        ce_outcome: 'fetched',
        ce_httpstatus: '200',
        ce_etag: '"å-1"',
        ce_durationms: '42',
      },
    });
  });

  test('writes the country where it is known, and decodePoll reads no other text as one', () => {
    const message = received({ ...FETCHED, country: 'NO' });
    expect(decodePoll(message)).toEqual({ ...FETCHED, duration_ms: 42, country: 'NO' });
    for (const ce_country of ['', 'no', 'Norway', '\0\0'])
      expect(decodePoll(received(FETCHED, { ce_country }))).not.toHaveProperty('country');
  });

  test('writes no header for an absent value', () => {
    expect(Object.keys(encodePoll(FAILED).headers).sort()).toEqual(
      [
        'ce_error',
        'ce_id',
        'ce_outcome',
        'ce_source',
        'ce_specversion',
        'ce_subject',
        'ce_time',
        'ce_type',
      ].sort(),
    );
  });

  test('marks imported history, and only that', () => {
    expect(encodePoll({ ...FETCHED, imported: true }).headers.ce_imported).toBe('true');
    expect(encodePoll(FETCHED).headers).not.toHaveProperty('ce_imported');
  });

  test('keeps the milliseconds of a full second', () => {
    const poll = { ...FETCHED, fetched_at: new Date('2026-11-22T10:00:00Z') };
    expect(encodePoll(poll).headers.ce_time).toBe('2026-11-22T10:00:00.000Z');
  });
});

const text = fc.string({ minLength: 1, unit: 'grapheme' });
const nullable = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });
const polls: fc.Arbitrary<PollRecord> = fc.record({
  system_id: text,
  feed: text,
  fetched_at: fc.date({
    min: new Date('1970-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  }),
  source: text,
  outcome: fc.constantFrom('fetched', 'unchanged', 'failed'),
  http_status: nullable(fc.integer({ min: 100, max: 599 })),
  etag: nullable(text),
  duration_ms: nullable(fc.nat(999_999_999)),
  error: nullable(text),
  content_type: nullable(text),
  imported: fc.boolean(),
  body_id: nullable(text),
  body: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
});

describe('decodePoll', () => {
  test('gives back every poll that was encoded, by the short path as by zod', () => {
    fc.assert(
      fc.property(polls, (poll) => {
        const message = received(poll);
        expect(decodePoll(message)).toEqual(poll);
        expect(readPollHeaders(message)).toEqual(poll);
      }),
    );
  });

  test('agrees with zod on records that are damaged', () => {
    const names = Object.keys(received(FETCHED).headers);
    const damage = fc.oneof(
      fc.string(),
      fc.constantFrom('0', '99', '600', '-1', '1e3', ' 1', 'false', 'Fetched'),
    );
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.option(damage, { nil: undefined }), (name, value) => {
        const message = received(FETCHED, { [name]: value });
        expect(outcomeOf(() => decodePoll(message))).toEqual(outcomeOf(() => readPollHeaders(message)));
      }),
    );
  });

  test('reads the times other CloudEvents producers write', () => {
    const at = (ce_time: string) => decodePoll(received(FETCHED, { ce_time })).fetched_at.toISOString();
    expect(at('2026-11-22T10:00:00Z')).toBe('2026-11-22T10:00:00.000Z');
    expect(at('2026-11-22T11:00:00.5+01:00')).toBe('2026-11-22T10:00:00.500Z');
    expect(at('2026-11-22T10:00:00.123456789Z')).toBe('2026-11-22T10:00:00.123Z');
  });

  test('reads headers given as text, repeated ones by their first value, and a null body as an empty one', () => {
    const { headers } = encodePoll(FETCHED);
    const message = {
      key: Buffer.from(FETCHED.system_id),
      value: null,
      headers: { ...headers, ce_etag: ['"a"', '"b"'] },
    };
    expect(decodePoll(message)).toMatchObject({ etag: '"a"', http_status: 200, body: Buffer.alloc(0) });
  });

  test.each([
    ['missing_ce_subject', { ce_subject: undefined }, 'it has no ce_subject'],
    ['missing_ce_source', { ce_source: undefined }, 'it has no ce_source'],
    ['missing_ce_time', { ce_time: undefined }, 'it has no ce_time'],
    ['missing_ce_type', { ce_type: undefined }, 'it has no ce_type'],
    ['missing_ce_outcome', { ce_outcome: undefined }, 'it has no ce_outcome'],
    ['invalid_ce_time', { ce_time: '22.11.2026 10:00' }, 'ce_time is "22.11.2026 10:00"'],
    ['invalid_ce_time', { ce_time: '2026-02-30T00:00:00.000Z' }, 'ce_time is "2026-02-30T00:00:00.000Z"'],
    ['invalid_ce_outcome', { ce_outcome: 'gone' }, 'ce_outcome is "gone"'],
    ['invalid_ce_type', { ce_type: 'com.example.station_status' }, 'org.gbfs.<feed>'],
    ['invalid_ce_httpstatus', { ce_httpstatus: '2000' }, 'ce_httpstatus is "2000"'],
    ['invalid_ce_durationms', { ce_durationms: '1.5' }, 'a whole number'],
    ['invalid_ce_imported', { ce_imported: 'yes' }, 'ce_imported is "yes"'],
    ['invalid_ce_specversion', { ce_specversion: '0.3' }, 'ce_specversion is "0.3"'],
    ['invalid_ce_subject', { ce_subject: 'oslo\0' }, 'U+0000'],
    ['invalid_ce_subject', { ce_subject: 'o'.repeat(256) }, 'at most 255 characters'],
    ['invalid_ce_type', { ce_type: 'org.gbfs.station\0status' }, 'U+0000'],
    ['invalid_ce_type', { ce_type: `org.gbfs.${'x'.repeat(247)}` }, 'at most 255 characters'],
    ['invalid_ce_error', { ce_error: 'time\0out' }, 'text without U+0000'],
    ['invalid_key', { ce_subject: 'bergenbysykkel' }, 'the system_id of ce_subject'],
  ])('refuses with %s and says so: %j', (reason, changes, message) => {
    const error = errorOf(() => decodePoll(received(FETCHED, changes)));
    expect(error).toBeInstanceOf(InvalidPollRecord);
    expect(error).toMatchObject({ reason, message: expect.stringContaining(message) });
  });

  test('refuses a record without key, whose place in the order of its system is unknown', () => {
    expect(errorOf(() => decodePoll({ ...received(FETCHED), key: null }))).toMatchObject({
      reason: 'missing_key',
    });
  });

  test('refuses a record without headers', () => {
    const error = errorOf(() => decodePoll({ key: Buffer.from('a'), value: Buffer.from('{}') }));
    expect(error).toMatchObject({ reason: 'missing_ce_subject' });
  });
});

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

function outcomeOf(run: () => PollRecord): unknown {
  try {
    return run();
  } catch (error) {
    return (error as InvalidPollRecord).reason;
  }
}
