import { isIPv4 } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../shared/downloads/public-address.ts';

/** The IANA special-purpose registries where they do not say "globally reachable", and what else is not for everybody. */
const SPECIAL: [network: string, what: string][] = [
  ['0.0.0.0/8', 'this network'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'carrier-grade NAT'],
  ['127.0.0.0/8', 'loopback'],
  ['168.63.129.16/32', 'a cloud’s own services'],
  ['169.254.0.0/16', 'link-local, with the metadata of clouds'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'protocol assignments'],
  ['192.0.2.0/24', 'documentation'],
  ['192.88.99.0/24', 'relays of 6to4'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'benchmarks'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved, with broadcast'],
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['::/96', 'compatible with IPv4'],
  ['::ffff:0:0/96', 'IPv4-mapped'],
  ['::ffff:0:0:0/96', 'IPv4-translated'],
  ['64:ff9b::/96', 'NAT64'],
  ['64:ff9b:1::/48', 'NAT64 within a network'],
  ['100::/64', 'discarded'],
  ['100:0:0:1::/64', 'dummy'],
  ['2001::/32', 'Teredo'],
  ['2001::/23', 'protocol assignments'],
  ['2001:2::/48', 'benchmarks'],
  ['2001:10::/28', 'ORCHID'],
  ['2001:db8::/32', 'documentation'],
  ['2002::/16', '6to4'],
  ['3fff::/20', 'documentation'],
  ['5f00::/16', 'segment routing'],
  ['fc00::/7', 'unique local, with the metadata of clouds'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['ff00::/8', 'multicast'],
];

/** Addresses next to those, from both sides, and some that are known. */
const PUBLIC = [
  '1.0.0.0',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '168.63.129.15',
  '168.63.129.17',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '191.255.255.255',
  '192.0.1.0',
  '192.0.3.0',
  '192.88.98.255',
  '192.88.100.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '198.51.99.255',
  '198.51.101.0',
  '203.0.112.255',
  '203.0.114.0',
  '223.255.255.255',
  '2001:200::',
  '2001:db7:ffff:ffff:ffff:ffff:ffff:ffff',
  '2001:db9::',
  '2001:4860:4860::8888',
  '2003::',
  '2606:4700::6810:84e5',
  '3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  '3fff:1000::',
];

const groups = (text: string | undefined) => (text ? text.split(':') : []);

/** An address as a number, by plain arithmetic. */
function numberOf(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const [head = '', tail] = address.split('::');
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...(tail === undefined ? [] : zeros), ...after].reduce(
    (sum, group) => sum * 65_536n + BigInt(`0x${group}`),
    0n,
  );
}

const bitsOf = (address: string): bigint => (isIPv4(address) ? 32n : 128n);

function textOf(value: bigint, bits: bigint): string {
  const size = bits === 32n ? 8n : 16n;
  const parts = Array.from(
    { length: Number(bits / size) },
    (_, i) => (value >> (size * BigInt(i))) & ((1n << size) - 1n),
  );
  return parts
    .toReversed()
    .map((part) => part.toString(bits === 32n ? 10 : 16))
    .join(bits === 32n ? '.' : ':');
}

const isIn = (value: bigint, range: { first: bigint; last: bigint }): boolean =>
  range.first <= value && value <= range.last;

function rangeOf(network: string): { bits: bigint; first: bigint; last: bigint } {
  const [address = '', prefix] = network.split('/');
  const bits = bitsOf(address);
  const first = numberOf(address);
  return { bits, first, last: first + (1n << (bits - BigInt(prefix ?? 0))) - 1n };
}

describe('an address is not public', () => {
  test.each(SPECIAL)('anywhere in %s (%s)', (network) => {
    const { bits, first, last } = rangeOf(network);
    const inside = fc.bigInt({ min: first, max: last }).map((value) => textOf(value, bits));
    for (const edge of [first, last]) expect(isPublicAddress(textOf(edge, bits))).toBe(false);
    fc.assert(
      fc.property(inside, (address) => {
        expect(isPublicAddress(address)).toBe(false);
      }),
    );
  });

  test.each([
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::8.8.8.8',
    '2002:7f00:1::',
    '2001:0:4136:e378:8000:63bf:807f:fffe',
    'fd00:ec2::254',
    'FE80::1',
    'fe80::1%eth0',
    '2606:4700::1%eth0',
    '::ffff:0:127.0.0.1',
    '4000::',
    '1fff:ffff::',
    '8000::',
  ])('as %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each([
    '',
    'localhost',
    '127.1',
    '0x7f.1',
    '2130706433',
    '010.0.0.1',
    '8.8.8.8.',
    '[::1]',
    '1.2.3.4:80',
    ' 8.8.8.8',
  ])('when it is none: %s', (text) => {
    expect(isPublicAddress(text)).toBe(false);
  });
});

describe('an address is public', () => {
  test.each(PUBLIC)('%s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test('exactly when no special network holds it, and in IPv6 it is one of those given out', () => {
    const ranges = SPECIAL.map(([network]) => rangeOf(network));
    const givenOut = rangeOf('2000::/3');
    const address = fc.oneof(
      fc.tuple(fc.constant(32n), fc.bigInt({ min: 0n, max: (1n << 32n) - 1n })),
      fc.tuple(fc.constant(128n), fc.bigInt({ min: 0n, max: (1n << 128n) - 1n })),
      fc.tuple(fc.constant(128n), fc.bigInt({ min: givenOut.first, max: givenOut.last })),
    );
    fc.assert(
      fc.property(address, ([bits, value]) => {
        const isSpecial = ranges.some((range) => range.bits === bits && isIn(value, range));
        const expected = !isSpecial && (bits === 32n || isIn(value, givenOut));
        expect(isPublicAddress(textOf(value, bits))).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});
