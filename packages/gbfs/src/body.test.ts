import { expect, test } from 'vitest';
import { parseBody } from './body.ts';
import { UndecodableBody } from './decoded.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('a body is parsed alike from bytes and from text', () => {
  expect(parseBody(bytes('{"data":{"stations":[]}}'))).toEqual({ data: { stations: [] } });
  expect(parseBody('{"data":{"stations":[]}}')).toEqual({ data: { stations: [] } });
});

test('bytes in the middle of a larger buffer are read within their limits', () => {
  const larger = bytes('junk{"name":"Blåsenborg"}junk');
  expect(parseBody(larger.subarray(4, larger.length - 4))).toEqual({ name: 'Blåsenborg' });
});

test('a byte order mark is tolerated, in bytes and in text', () => {
  expect(parseBody(new Uint8Array([0xef, 0xbb, 0xbf, ...bytes('{}')]))).toEqual({});
  expect(parseBody('\ufeff{}')).toEqual({});
});

test.each([
  ['no bytes at all (Oslo, 2024-08-31)', '', 'empty_body'],
  ['white space only', ' \r\n', 'empty_body'],
  ['a byte order mark only', '\ufeff', 'empty_body'],
  ['an HTML page served with status 200 (gbfs#168)', '<!doctype html><title>Wartung</title>', 'not_json'],
  ['JSON cut off in the middle', '{"last_updated": 1700000000, "data": {"stat', 'not_json'],
  ['NaN, as Python writes it', '{"lat": NaN}', 'not_json'],
  ['two documents in one body', '{}{}', 'not_json'],
])('%s is refused with a reason', (_name, body, reason) => {
  for (const form of [body, bytes(body)]) {
    expect(() => parseBody(form)).toThrow(expect.objectContaining({ reason }) as Error);
    expect(() => parseBody(form)).toThrow(UndecodableBody);
  }
});

test('the message of a refusal contains no part of the body', () => {
  expect(() => parseBody('secret-token')).toThrow('Cannot parse body of 12 bytes: it is not JSON');
});
