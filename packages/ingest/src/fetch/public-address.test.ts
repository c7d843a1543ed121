import { expect, test } from 'vitest';
import { isPublicAddress } from './public-address.ts';

test.each([
  '93.184.216.34',
  '2606:2800:220:1:248:1893:25c8:1946',
  '::ffff:93.184.216.34',
  // DNS64: how a network without IPv4 reaches it.
  '64:ff9b::5db8:d822',
  '168.63.129.17',
])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '255.255.255.255',
  '224.0.0.1',
  '198.18.0.1',
  '::',
  '::1',
  'fe80::1',
  'fe80::1%eth0',
  'fd00::1',
  'fec0::1',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '2002:7f00:1::',
  // The wire server of Azure: plain, mapped, translated, by 6to4, by Teredo, by ISATAP.
  '168.63.129.16',
  '::ffff:168.63.129.16',
  '::ffff:a83f:8110',
  '64:ff9b::a83f:8110',
  '64:ff9b:1::a83f:8110',
  '2002:a83f:8110::1',
  '2001:0:53aa:64c::57c0:7eef',
  '2606:2800:220:1:0:5efe:a83f:8110',
  // Metadata of Alibaba, AWS over IPv6, Oracle, Equinix Metal; services of IBM Cloud.
  '100.100.100.200',
  'fd00:ec2::254',
  '192.0.0.192',
  '192.80.8.124',
  '161.26.0.10',
  '2001:db8::1',
  'not an address',
  '',
])('%s is not', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});
