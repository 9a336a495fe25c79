import { describe, expect, it } from 'vitest';
import { clientOf } from '../../local/edge/client-connections.ts';
import { strictTransport } from '../../local/edge/security-headers.ts';

describe('two addresses are of one client', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['192.0.2.1', '::ffff:192.0.2.1', true],
    ['2001:db8:0:1::1', '2001:db8:0:1:ffff::2', true],
    ['2001:db8:0:1::1', '2001:db8:0:ff::1', true],
    ['2001:db8:0:1::1', '2001:db8:0:100::1', false],
    ['::1', '127.0.0.1', false],
  ])('%s and %s: %j', (one, other, expected) => {
    expect(clientOf(one) === clientOf(other)).toBe(expected);
  });
});

describe('browsers are told to come over HTTPS only', () => {
  it.each([
    ['lunch.demo.apps.example.com', true],
    ['lunch.demo.apps.localhost', false],
    ['localhost', false],
    ['notlocalhost', true],
    ['localhost.example.com', true],
  ])('at %s: %j', (host, expected) => {
    expect('strict-transport-security' in strictTransport(host)).toBe(expected);
  });
});
