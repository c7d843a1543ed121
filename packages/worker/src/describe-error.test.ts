import { expect, test } from 'vitest';
import { describeError } from './describe-error.ts';

const reasonOf = (error: Error) => (describeError(error) as { reason: string }).reason;

test('a reason is logged with its causes, the nearest first', () => {
  const cause = new Error('Cannot connect', { cause: new Error('ECONNREFUSED') });
  expect(reasonOf(new Error('No answer', { cause }))).toBe('No answer: Cannot connect: ECONNREFUSED');
});

test('a cause that the message quotes, whole or in part, is not repeated', () => {
  const cause = new Error('HTTP 500 of http://catalogue\nwith a second line', { cause: new Error('reset') });
  const quoted = (length: number) => cause.message.split('\n')[0]?.slice(0, length);
  expect(reasonOf(new Error(`No answer (${quoted(300)})`, { cause }))).toBe(
    `No answer (${quoted(300)}): reset`,
  );
  const long = new Error('x'.repeat(1000));
  expect(reasonOf(new Error(`No answer (${long.message.slice(0, 300)})`, { cause: long }))).toBe(
    `No answer (${'x'.repeat(300)})`,
  );
});

test('the same cause at two depths is reported once', () => {
  const cause = new Error('Cannot read: ENOENT', { cause: new Error('ENOENT') });
  expect(reasonOf(new Error('Cannot update', { cause }))).toBe('Cannot update: Cannot read: ENOENT');
});

test('a failure without a message is reported by its code', () => {
  const cause = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  expect(reasonOf(new Error('No answer', { cause }))).toBe('No answer: ECONNREFUSED');
});
