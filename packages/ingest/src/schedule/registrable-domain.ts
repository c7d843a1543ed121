import { getDomain, getHostname } from 'tldts';

/**
 * The operator behind a host, as far as its name shows: the domain registered under a public suffix (bikes.example for
 * gbfs.bikes.example:8443, by Mozilla's Public Suffix List, private suffixes such as github.io included). IP addresses
 * and names without a suffix are returned unchanged, because only their ports tell servers apart.
 * @param host as in a URL, with its port
 */
export function registrableDomain(host: string): string {
  return getDomain(host, { allowPrivateDomains: true }) ?? host;
}

/** The host name with everything before the registrable domain, without the port. */
export function hostOfAnyPort(host: string): string {
  return getDomain(host, { allowPrivateDomains: true }) === null ? host : (getHostname(host) ?? host);
}
