/// <reference path="./undici-parts.d.ts" />
import { promises as dns, type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import buildConnector from 'undici/lib/core/connect.js';
import { isPublicAddress } from './public-address.ts';

/** The host is an address outside the public internet, or resolves only to such addresses. */
class PrivateAddressRefused extends Error {
  readonly code = 'REFUSED_PRIVATE_ADDRESS';
}

/**
 * By default Node allows each address but the last 250 to 500 ms, while a lost first packet is sent again only after 1
 * s. The last address of a host with both families is often an IPv6 address that is unreachable from here, so the
 * others need enough time to answer.
 */
const ADDRESS_ATTEMPT_MS_MAX = 4000;

export type ConnectSettings = { allowPrivateAddresses: boolean; connectTimeoutMs: number };
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/**
 * Opens connections for undici, only to public addresses unless configured otherwise. The check applies to the very
 * addresses that are connected to: a name that is checked first and resolved again to connect can resolve differently
 * the second time.
 */
export function guardedConnector(
  settings: ConnectSettings,
  resolve: Resolve = resolveHost,
): buildConnector.connector {
  const connect = buildConnector({
    timeout: settings.connectTimeoutMs,
    autoSelectFamilyAttemptTimeout: Math.min(
      ADDRESS_ATTEMPT_MS_MAX,
      Math.ceil(settings.connectTimeoutMs / 2),
    ),
    lookup: guardedLookup(settings.allowPrivateAddresses, resolve),
  } as buildConnector.BuildOptions);
  if (settings.allowPrivateAddresses) return connect;
  return (options, callback) => {
    // A literal address is connected to without a lookup.
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !isPublicAddress(host)) callback(refusal(host), null);
    else connect(options, callback);
  };
}

export function guardedLookup(allowPrivate: boolean, resolve: Resolve = resolveHost): LookupFunction {
  return (hostname, options, callback) => {
    const answer = (found: LookupAddress[]): void => {
      const ofFamily = found.filter(({ family }) => matchesFamily(family, options.family));
      const addresses = allowPrivate ? ofFamily : ofFamily.filter(({ address }) => isPublicAddress(address));
      const [first] = addresses;
      if (first === undefined) {
        callback(ofFamily.length > 0 ? refusal(hostname) : notFound(hostname), '', 0);
      } else if (options.all) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    };
    resolve(hostname).then(answer, (error: NodeJS.ErrnoException) => callback(error, '', 0));
  };
}

/**
 * Queries the name servers without the thread pool. `dns.lookup` holds one of its four threads until it answers, so a
 * few domains with a silent name server would block every other lookup and decompression. It remains for what only it
 * knows (/etc/hosts, search domains).
 */
async function resolveHost(hostname: string): Promise<LookupAddress[]> {
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  const found = [
    ...(v4.status === 'fulfilled' ? v4.value.map((address) => ({ address, family: 4 })) : []),
    ...(v6.status === 'fulfilled' ? v6.value.map((address) => ({ address, family: 6 })) : []),
  ];
  if (found.length > 0) return found;
  const reason = [v4, v6].find((answer) => answer.status === 'rejected')?.reason as NodeJS.ErrnoException;
  if (reason.code === 'ETIMEOUT' || reason.code === 'ESERVFAIL') throw reason;
  return await systemLookup(hostname);
}

const resolver = new dns.Resolver({ timeout: 2000, tries: 2 });

function systemLookup(hostname: string): Promise<LookupAddress[]> {
  const options: LookupOptions & { all: true } = { all: true };
  return new Promise((resolve, reject) =>
    lookup(hostname, options, (error, found) => (error ? reject(error) : resolve(found))),
  );
}

function matchesFamily(family: number, wanted: LookupOptions['family']): boolean {
  const number = wanted === 'IPv4' ? 4 : wanted === 'IPv6' ? 6 : (wanted ?? 0);
  return number === 0 || number === family;
}

function refusal(host: string): PrivateAddressRefused {
  return new PrivateAddressRefused(
    `${host} is not on the public internet; ALLOW_PRIVATE_FEEDS=1 permits such feeds`,
  );
}

function notFound(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`No address found for ${hostname}`), { code: 'ENOTFOUND' });
}
