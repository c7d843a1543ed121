import ipaddr from 'ipaddr.js';

/** Everything that is routed on the public IPv6 internet lies in here. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** How a network without IPv4 of its own reaches it: the last 32 bits are the IPv4 address. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/**
 * Whether an address belongs to the public internet; false for anything private, local, reserved or unreadable, also when it is
 * wrapped in IPv6. A feed must not be able to make us read the services of our own network.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address instanceof ipaddr.IPv4) return address.range() === 'unicast';
  if (address.match(NAT64)) return isPublicAddress(address.toByteArray().slice(12).join('.'));
  return address.match(GLOBAL_UNICAST) && address.range() === 'unicast';
}
