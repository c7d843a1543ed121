import type { LookupAddress } from 'node:dns';
import { expect, test } from 'vitest';
import { guardedLookup } from './guarded-connect.ts';

const at = (...addresses: string[]): LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

function lookUp(found: LookupAddress[], options: { all?: boolean; family?: number } = { all: true }) {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  guardedLookup(false, async () => found)('example.org', options, (error, address, family) =>
    error ? reject(error) : resolve(options.all ? address : { address, family }),
  );
  return promise;
}

test('of public and private addresses only the public ones are left to connect to', async () => {
  expect(await lookUp(at('10.0.0.1', '93.184.216.34', '::1'))).toEqual(at('93.184.216.34'));
});

test('a name with nothing but private addresses is refused, wrapped ones included', async () => {
  const found = at('127.0.0.1', '::ffff:10.0.0.1', 'fd00::1');
  await expect(lookUp(found)).rejects.toMatchObject({ code: 'REFUSED_PRIVATE_ADDRESS' });
});

test('who asks for one address gets one of the family wanted', async () => {
  const found = at('2606:2800:220:1::1', '93.184.216.34');
  expect(await lookUp(found, { family: 4 })).toEqual({ address: '93.184.216.34', family: 4 });
});

test('a name without addresses is not found', async () => {
  await expect(lookUp([])).rejects.toMatchObject({ code: 'ENOTFOUND' });
});
