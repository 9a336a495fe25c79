import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * What is not the open internet: the IANA IPv4 Special-Purpose Address Registry where it does not say "globally
 * reachable", with multicast (RFC 5771), the relays that brought 6to4 (RFC 7526), and the one address at which a
 * cloud's machines find its inside although it looks like any other.
 */
const NOT_PUBLIC_IPV4 = [
  '0.0.0.0/8', // this network, RFC 791
  '10.0.0.0/8', // private, RFC 1918
  '100.64.0.0/10', // shared by customers of a provider, RFC 6598
  '127.0.0.0/8', // loopback, RFC 1122
  '168.63.129.16/32', // Azure, from within any of its machines
  '169.254.0.0/16', // link-local, RFC 3927; clouds answer here about the machine itself
  '172.16.0.0/12', // private, RFC 1918
  '192.0.0.0/24', // protocol assignments, RFC 6890
  '192.0.2.0/24', // documentation, RFC 5737
  '192.88.99.0/24', // relays of 6to4, RFC 7526
  '192.168.0.0/16', // private, RFC 1918
  '198.18.0.0/15', // benchmarks, RFC 2544
  '198.51.100.0/24', // documentation, RFC 5737
  '203.0.113.0/24', // documentation, RFC 5737
  '224.0.0.0/4', // multicast, RFC 5771
  '240.0.0.0/4', // reserved, RFC 1112, with broadcast, RFC 919
];

/**
 * All that is given out to the public, RFC 4291. Everything else is special: `::`, `::1`, addresses that hold one of
 * IPv4 (`::/96`, `::ffff:0:0/96`, `64:ff9b::/96`), discard (`100::/64`), unique local (`fc00::/7`), link-local
 * (`fe80::/10`), site-local (`fec0::/10`), multicast (`ff00::/8`).
 */
const GIVEN_OUT_IPV6 = ['2000::/3'];

/** Of these: the IANA IPv6 Special-Purpose Address Registry. */
const NOT_PUBLIC_IPV6 = [
  '2001::/23', // protocol assignments, RFC 2928: Teredo, benchmarks, ORCHID
  '2001:db8::/32', // documentation, RFC 3849
  '2002::/16', // 6to4, RFC 3056: holds an address of IPv4
  '3fff::/20', // documentation, RFC 9637
];

const ipv4 = listOf('ipv4', NOT_PUBLIC_IPV4);
const givenOut = listOf('ipv6', GIVEN_OUT_IPV6);
const ipv6 = listOf('ipv6', NOT_PUBLIC_IPV6);

/** Can everybody on the internet reach this address? What is not an address of either family is none. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !ipv4.check(address, 'ipv4');
  // An address with a zone (`fe80::1%eth0`) means something on this machine alone.
  if (!isIPv6(address) || address.includes('%')) return false;
  return givenOut.check(address, 'ipv6') && !ipv6.check(address, 'ipv6');
}

function listOf(family: 'ipv4' | 'ipv6', networks: string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [net = '', prefix] = network.split('/');
    list.addSubnet(net, Number(prefix), family);
  }
  return list;
}
