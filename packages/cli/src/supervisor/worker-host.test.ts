import { expect, test } from 'vitest';
import { workerUrl } from './worker-host.ts';

test.each([
  [undefined, 'http://127.0.0.1:8080'],
  ['', 'http://127.0.0.1:8080'],
  ['0.0.0.0', 'http://127.0.0.1:8080'],
  ['::', 'http://127.0.0.1:8080'],
  ['127.0.0.2', 'http://127.0.0.2:8080'],
  ['::1', 'http://[::1]:8080'],
  ['bikes.example', 'http://bikes.example:8080'],
])('a worker with HOST=%s is asked at %s', (host, url) => {
  expect(workerUrl(host, 8080)).toBe(url);
});
