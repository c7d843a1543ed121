import type { PollRecord } from '@velolog/stream/poll-record';
import { expect, test } from 'vitest';
import { PublishBuffer, RECORD_OVERHEAD_BYTES, unpacked } from './publish-buffer.ts';

function poll(name: string, outcome: PollRecord['outcome'] = 'fetched', body = ''): PollRecord {
  return {
    system_id: name,
    feed: 'station_status',
    fetched_at: new Date(0),
    source: 'http://example.org/',
    outcome,
    http_status: 200,
    etag: null,
    duration_ms: 1,
    error: null,
    content_type: null,
    imported: false,
    body_id: null,
    body: Buffer.from(body),
  };
}

function bufferOf(polls: number) {
  const dropped: string[] = [];
  const buffer = new PublishBuffer(polls * RECORD_OVERHEAD_BYTES, ({ system_id }) => dropped.push(system_id));
  return { buffer, dropped };
}

const names = (taken: { poll: PollRecord }[]) => taken.map(({ poll: { system_id } }) => system_id);

test('polls come out oldest first, up to so many bytes but at least one', () => {
  const { buffer } = bufferOf(10);
  for (const name of ['a', 'b', 'c']) buffer.push(poll(name), null);
  expect(names(buffer.take(2 * RECORD_OVERHEAD_BYTES))).toEqual(['a', 'b']);
  expect(names(buffer.take(0))).toEqual(['c']);
  expect(buffer.take(0)).toEqual([]);
});

test('the oldest are dropped for the newest, and counted', () => {
  const { buffer, dropped } = bufferOf(2);
  for (const name of ['a', 'b', 'c']) buffer.push(poll(name), null);
  expect(dropped).toEqual(['a']);
  expect(names(buffer.take(1e6))).toEqual(['b', 'c']);
});

test('records that were taken count until they are settled, and are not dropped', () => {
  const { buffer, dropped } = bufferOf(2);
  buffer.push(poll('a'), null);
  const taken = buffer.take(1e6);
  for (const name of ['b', 'c']) buffer.push(poll(name), null);
  expect(dropped).toEqual(['b']);
  expect(buffer.isSettled).toBe(false);
  buffer.settle(taken);
  buffer.settle(buffer.take(1e6));
  expect(buffer.isSettled).toBe(true);
});

test('a record that is put back is the oldest again', () => {
  const { buffer, dropped } = bufferOf(2);
  buffer.push(poll('a'), null);
  const taken = buffer.take(1e6);
  for (const name of ['b', 'c']) buffer.push(poll(name), null);
  buffer.putBack(taken);
  expect(dropped).toEqual(['b']);
  expect(names(buffer.take(1e6))).toEqual(['a', 'c']);
});

test('a 304 goes with the dropped body it refers to, also when it is published after that', () => {
  const { buffer, dropped } = bufferOf(2);
  const fate = { dropped: false };
  buffer.push(poll('body'), fate);
  buffer.push(poll('304', 'unchanged'), fate);
  buffer.push(poll('other'), null);
  expect(fate.dropped).toBe(true);
  expect(names(buffer.take(1e6))).toEqual(['other']);
  buffer.push(poll('late 304', 'unchanged'), fate);
  expect(buffer.take(1e6)).toEqual([]);
  expect(dropped).toEqual(['body', '304', 'late 304']);
});

test('a dropped 304 leaves its body in force', () => {
  const { buffer } = bufferOf(1);
  const fate = { dropped: false };
  buffer.push(poll('304', 'unchanged'), fate);
  buffer.push(poll('other'), null);
  expect(fate.dropped).toBe(false);
});

test('bodies that have to wait are packed, and come out as they were', () => {
  const body = 'station '.repeat(50_000);
  const { buffer, dropped } = bufferOf(20);
  for (let i = 0; i < 10; i++) buffer.push(poll(`p${i}`, 'fetched', body), null, { pack: true });
  expect(dropped).toEqual([]);
  const [first] = buffer.take(0);
  if (first === undefined) expect.unreachable();
  expect(first.packed).toBe(true);
  expect(unpacked(first).body.toString()).toBe(body);
});

test('a body that can never be sent becomes a failed poll in its place', () => {
  const { buffer, dropped } = bufferOf(10);
  const fate = { dropped: false };
  buffer.push(poll('large', 'fetched', 'body'), fate);
  buffer.push(poll('next'), null);
  const [large] = buffer.take(0);
  if (large === undefined) expect.unreachable();
  buffer.replaceByFailure(large, 'body_too_large');
  const taken = buffer.take(1e6);
  expect(names(taken)).toEqual(['large', 'next']);
  expect(taken[0]?.poll).toMatchObject({ outcome: 'failed', error: 'body_too_large', body: Buffer.alloc(0) });
  expect([fate.dropped, dropped]).toEqual([true, ['large']]);
  buffer.settle(taken);
  expect(buffer.isSettled).toBe(true);
});

test('records in flight count as lost if ingest ends now', () => {
  const { buffer } = bufferOf(10);
  for (const name of ['a', 'b', 'c']) buffer.push(poll(name), null);
  const taken = buffer.take(2 * RECORD_OVERHEAD_BYTES);
  expect(buffer).toMatchObject({ length: 1, unsettled: 3 });
  buffer.putBack(taken);
  expect(buffer).toMatchObject({ length: 3, unsettled: 3 });
  buffer.replaceByFailure(buffer.take(0)[0] as (typeof taken)[0], 'body_too_large');
  expect(buffer.unsettled).toBe(3);
  buffer.settle(buffer.take(1e6));
  expect(buffer).toMatchObject({ length: 0, unsettled: 0 });
});
