import { expect, test } from 'vitest';
import { hostOfAnyPort, registrableDomain } from './registrable-domain.ts';

test.each([
  ['gbfs.bikes.example:8443', 'bikes.example', 'gbfs.bikes.example'],
  ['bikes.example', 'bikes.example', 'bikes.example'],
  ['gbfs.bikes.co.uk', 'bikes.co.uk', 'gbfs.bikes.co.uk'],
  ['a.bikes.github.io', 'bikes.github.io', 'a.bikes.github.io'],
  ['xn--d1acufc.xn--p1ai:80', 'xn--d1acufc.xn--p1ai', 'xn--d1acufc.xn--p1ai'],
  ['127.0.0.1:8080', '127.0.0.1:8080', '127.0.0.1:8080'],
  ['[2001:db8::1]:8080', '[2001:db8::1]:8080', '[2001:db8::1]:8080'],
  ['localhost:8080', 'localhost:8080', 'localhost:8080'],
  ['github.io', 'github.io', 'github.io'],
])('%s belongs to %s', (host, domain, withoutPort) => {
  expect(registrableDomain(host)).toBe(domain);
  expect(hostOfAnyPort(host)).toBe(withoutPort);
});
