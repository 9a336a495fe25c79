import { describe, expect, test } from 'vitest';
import { networkOf, RateLimit } from '../../local/dns-rate-limit.ts';

const ONE = '192.0.2.7';

function limited(options: { perSecond?: number; burst?: number; maxNetworks?: number } = {}) {
  const time = { ms: 0 };
  const limit = new RateLimit({ perSecond: 10, burst: 3, ...options, now: () => time.ms });
  const take = (count: number, address = ONE) => Array.from({ length: count }, () => limit.take(address));
  return { take, time };
}

describe('a network that asks too much', () => {
  test('gets a burst answered, then every other question a hint to come over TCP', () => {
    const { take } = limited();
    expect(take(7)).toEqual(['answer', 'answer', 'answer', 'truncate', 'drop', 'truncate', 'drop']);
  });

  test('is answered again at the rate that is allowed, and no burst is saved beyond its size', () => {
    const { take, time } = limited();
    take(3);
    time.ms = 99;
    expect(take(1)).toEqual(['truncate']);
    time.ms = 100;
    expect(take(2)).toEqual(['answer', 'truncate']);
    time.ms = 60_000;
    expect(take(4)).toEqual(['answer', 'answer', 'answer', 'truncate']);
  });

  test('a trickle of questions over the limit earns what time earned, not more', () => {
    const { take, time } = limited();
    take(3);
    const answered: string[] = [];
    for (let i = 0; i < 100; i += 1) {
      time.ms += 12.5;
      answered.push(...take(1));
    }
    expect(answered.filter((verdict) => verdict === 'answer')).toHaveLength(12);
  });

  test('leaves others alone', () => {
    const { take } = limited();
    take(50);
    expect(take(1, '192.0.3.7')).toEqual(['answer']);
    expect(take(1, '192.0.2.200')).toEqual(['drop']);
  });

  test('is forgotten only when many others asked since', () => {
    const { take } = limited({ maxNetworks: 2 });
    take(4);
    take(1, '198.51.100.1');
    expect(take(1)).toEqual(['drop']);
    take(1, '198.51.101.1');
    expect(take(1)).toEqual(['truncate']);
    take(1, '203.0.113.1');
    take(1, '203.0.114.1');
    expect(take(1)).toEqual(['answer']);
  });
});

test.each([
  ['192.0.2.7', '192.0.2'],
  ['::ffff:192.0.2.7', '192.0.2'],
  ['2001:db8:1:2ff:3::4', '2001:db8:1:200'],
  ['2001:db8:1:200::', '2001:db8:1:200'],
  ['2001:db8:1:300::', '2001:db8:1:300'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['1:2:3:4:5:6:7:8', '1:2:3:0'],
])('%s belongs to the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
