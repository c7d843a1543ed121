import { getDomain, getHostname } from 'tldts';

/**
 * The operator that is asked, as far as a name tells: the domain registered under a public suffix (bikes.example for gbfs.bikes.example:8443, by
 * Mozilla's Public Suffix List, private suffixes such as github.io included). Addresses and names without a suffix have only their ports
 * to tell servers apart, so they stay as they are.
 * @param host as in a URL, with its port
 */
export function registrableDomain(host: string): string {
  return getDomain(host, { allowPrivateDomains: true }) ?? host;
}

/** The host with everything before the registrable domain. */
export function hostOfAnyPort(host: string): string {
  return getDomain(host, { allowPrivateDomains: true }) === null ? host : (getHostname(host) ?? host);
}
