import { expect, test } from 'vitest';
import { encodeDeadLetter } from './dead-letter.ts';

test('a dead letter is the original record, and where it came from and why', () => {
  const original = {
    key: Buffer.from('oslobysykkel'),
    value: Buffer.from([0xff, 0x00]),
    headers: { ce_subject: Buffer.from('oslobysykkel'), own: 'kept' },
  };
  const origin = { reason: 'not_json', topic: 'velolog.polls', partition: 3, offset: '9007199254740993' };
  expect(encodeDeadLetter(original, origin)).toEqual({
    key: original.key,
    value: original.value,
    headers: {
      ...original.headers,
      dlreason: 'not_json',
      dltopic: 'velolog.polls',
      dlpartition: '3',
      dloffset: '9007199254740993',
    },
  });
});

test('a record without key, value and headers becomes a dead letter too', () => {
  const origin = { reason: 'missing_key', topic: 'velolog.polls', partition: 0, offset: '0' };
  const { key, value, headers } = encodeDeadLetter({ key: null, value: null }, origin);
  expect({ key, value, names: Object.keys(headers) }).toEqual({
    key: null,
    value: null,
    names: ['dlreason', 'dltopic', 'dlpartition', 'dloffset'],
  });
});
