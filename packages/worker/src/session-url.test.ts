import { expect, test } from 'vitest';
import { sessionUrl } from './session-url.ts';

const optionsOf = (url: string) => new URL(url).searchParams.get('options') ?? '';

test('options in the URL are kept, and ours come after them and win', () => {
  const options = optionsOf(
    sessionUrl('postgres://a:b@h:1/d?options=-c%20datestyle%3DGerman%20-c%20work_mem%3D1MB', {}),
  );
  expect(options).toMatch(/^-c datestyle=German -c work_mem=1MB -c DateStyle=ISO,MDY /);
});

test('a value with a blank is one value', () => {
  expect(optionsOf(sessionUrl('postgres://h/d', {}))).toContain(
    '-c default_transaction_isolation=read\\ committed',
  );
});

test('whatever else the URL says stays: user, password, port, TLS', () => {
  const url = new URL(sessionUrl('postgres://a:b%2Fc@h:1/d?sslmode=require', { search_path: 'api' }));
  expect(url.searchParams.get('sslmode')).toBe('require');
  expect(url.href).toMatch(/^postgres:\/\/a:b%2Fc@h:1\/d\?/);
  expect(url.searchParams.get('options')).toContain('-c search_path=api');
});
