import ipaddr from 'ipaddr.js';

/** Every address that is routed on the public IPv6 internet is in this range. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** How a network without its own IPv4 reaches IPv4: the last 32 bits are the IPv4 address. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/**
 * Cloud services for the cloud's own machines, at addresses that look public. Other clouds use ranges that are refused
 * anyway (169.254.0.0/16, 100.64.0.0/10, 192.0.0.0/24, fc00::/7).
 */
const CLOUD_SERVICES = [
  // Azure: the "wire server" gives out the configuration of a virtual machine, including certificates.
  '168.63.129.16/32',
  // Equinix Metal: metadata.packet.net
  '192.80.8.124/32',
  // IBM Cloud: services of a private network
  '161.26.0.0/16',
].map((range) => ipaddr.IPv4.parseCIDR(range));
/** ISATAP: an IPv4 address behind any IPv6 prefix, separated by 0:5efe or 200:5efe. */
const ISATAP = 0x5efe;

/**
 * Whether an address belongs to the public internet; false for anything private, local, reserved or unreadable, even
 * inside an IPv6 address. A feed must not be able to make us read the services of our own network.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address instanceof ipaddr.IPv4) {
    return address.range() === 'unicast' && !CLOUD_SERVICES.some((range) => address.match(range));
  }
  const embedded = (): string => address.toByteArray().slice(12).join('.');
  if (address.match(NAT64)) return isPublicAddress(embedded());
  if (address.parts[5] === ISATAP && !isPublicAddress(embedded())) return false;
  return address.match(GLOBAL_UNICAST) && address.range() === 'unicast';
}
