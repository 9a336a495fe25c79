import { describe, expect, test } from 'vitest';
import { DownloadRefused } from '../../shared/downloads/download-refused.ts';
import {
  checkRedirect,
  checkUrl,
  type DownloadRules,
  MAX_URL_LENGTH,
  withoutQuery,
} from '../../shared/downloads/download-url.ts';

const RULES: DownloadRules = {
  baseDomain: 'apps.example.com',
  origins: ['https://builds.internal:8443', 'http://localhost:3000', 'https://10.1.2.3'],
};

/** The code of the refusal and what it names, or the URL that is taken. */
function verdict(work: () => URL): string {
  try {
    return work().href;
  } catch (error) {
    if (!(error instanceof DownloadRefused)) throw error;
    return error.finding.code;
  }
}

const check = (text: string) => verdict(() => checkUrl(text, RULES));

describe('a URL is taken', () => {
  test.each([
    ['https://files.example.test/lunch.zip', 'https://files.example.test/lunch.zip'],
    ['https://files.example.test:443/a?b=c&d', 'https://files.example.test/a?b=c&d'],
    ['https://files.example.test/a#part', 'https://files.example.test/a'],
    ['HTTPS://Files.Example.Test', 'https://files.example.test/'],
    ['https://files.example.test./a', 'https://files.example.test./a'],
    ['https://küche.example/', 'https://xn--kche-0ra.example/'],
    ['https://8.8.8.8/', 'https://8.8.8.8/'],
    ['https://[2606:4700::6810:84e5]/', 'https://[2606:4700::6810:84e5]/'],
    ['https://builds.internal:8443/a', 'https://builds.internal:8443/a'],
    ['http://localhost:3000/a', 'http://localhost:3000/a'],
    ['https://10.1.2.3/a', 'https://10.1.2.3/a'],
    // Not below the base domain, whatever it looks like.
    ['https://myapps.example.com/', 'https://myapps.example.com/'],
    ['https://localhost.example.test/', 'https://localhost.example.test/'],
  ])('%s as %s', (text, href) => {
    expect(check(text)).toBe(href);
  });
});

describe('a URL is refused', () => {
  test.each([
    '',
    'lunch.zip',
    '/lunch.zip',
    '//files.example.test/lunch.zip',
    'https://',
    'https:///',
    'https://files example.test/',
    ' https://files.example.test/',
    'https://files.example.test/\n',
    'https://files.exa\tmple.test/',
    'https://files.exa\u00admple.test/',
    'https://[fe80::1%25eth0]/',
    'https://[::1',
    'https://256.256.256.256/',
    'https://files.example.test:99999/',
    'http://files.example.test/lunch.zip',
    'ftp://files.example.test/lunch.zip',
    'file:///etc/passwd',
    'data:application/zip;base64,UEs=',
    'javascript:1',
    'https://user@files.example.test/',
    'https://user:password@files.example.test/',
    'https://:password@files.example.test/',
    'https://8.8.8.8@127.0.0.1/',
    'https://files.example.test:8443/',
    'https://files.example.test:80/',
    'https://builds.internal/',
    'https://user@builds.internal:8443/',
    'http://builds.internal:8443/',
    'http://localhost:3001/',
  ])('as no address to fetch from: %j', (text) => {
    // A name alone could lead anywhere: what it resolves to is looked at when it is fetched.
    expect(check(text)).toBe(text === 'https://builds.internal/' ? text : 'artifact/url-invalid');
  });

  test.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://127.0.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.0.0.1/',
    'https://0177.0.0.1/',
    'https://017700000001/',
    'https://127.0.0.1./',
    'https://%31%32%37.0.0.1/',
    'https://１２７.０.０.１/',
    'https://127。0。0。1/',
    'https://⑩.1.1.1/',
    'https://0/',
    'https://0.0.0.0/',
    'https://169.254.169.254/latest/meta-data/',
    'https://0xA9FEA9FE/',
    'https://10.0.0.1/',
    'https://100.100.100.200/',
    'https://255.255.255.255/',
    'https://[::]/',
    'https://[::1]/',
    'https://[0:0:0:0:0:0:0:1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::127.0.0.1]/',
    'https://[64:ff9b::127.0.0.1]/',
    'https://[2002:7f00:1::]/',
    'https://[fd00:ec2::254]/',
    'https://[fe80::1]/',
    'https://localhost/',
    'https://LOCALHOST/',
    'https://localhost./',
    'https://lunch.demo.apps.localhost/',
    'https://ｌocalhost/',
    'https://loc%61lhost/',
    'https://localhost\\@files.example.test/',
    'https://apps.example.com/',
    'https://lunch.finance.apps.example.com/',
    'https://lunch.finance.APPS.example.com./',
  ])('as leading inside: %s', (text) => {
    expect(check(text)).toBe('artifact/url-private');
  });

  test('says which host, and nothing of path or query', () => {
    let message = '';
    try {
      checkUrl('https://localhost/secret-path?token=secret-query', RULES);
    } catch (error) {
      message = `${String(error)} ${JSON.stringify((error as DownloadRefused).finding)}`;
    }
    expect(message).toContain('localhost');
    expect(message).not.toContain('secret');
  });
});

test('a URL has at most 2,048 characters', () => {
  const whole = `https://files.example.test/${'a'.repeat(MAX_URL_LENGTH)}`;
  expect(MAX_URL_LENGTH).toBe(2048);
  expect(check(whole.slice(0, MAX_URL_LENGTH))).toBe(whole.slice(0, MAX_URL_LENGTH));
  expect(check(whole.slice(0, MAX_URL_LENGTH + 1))).toBe('artifact/url-invalid');
});

describe('a redirect', () => {
  const secure = new URL('https://files.example.test/a/b.zip?signature=1');
  test.each([
    ['https://other.example.test/c', 'https://other.example.test/c'],
    ['c.zip', 'https://files.example.test/a/c.zip'],
    ['/c.zip?d', 'https://files.example.test/c.zip?d'],
    ['//other.example.test/c', 'https://other.example.test/c'],
    ['//127.0.0.1/c', 'artifact/url-private'],
    ['https://[::1]/', 'artifact/url-private'],
    ['http://other.example.test/c', 'artifact/url-invalid'],
    ['https://user:password@other.example.test/', 'artifact/url-invalid'],
    ['https://other.example.test:8443/', 'artifact/url-invalid'],
    ['file:///etc/passwd', 'artifact/url-invalid'],
    ['https://', 'artifact/url-invalid'],
    // Allowed as an origin, but one does not leave TLS for it.
    ['http://localhost:3000/', 'artifact/url-invalid'],
  ])('to %s comes to %s', (location, expected) => {
    expect(verdict(() => checkRedirect(location, secure, RULES))).toBe(expected);
  });

  test('may go from one place without TLS to another, where both are allowed', () => {
    const plain = new URL('http://localhost:3000/a');
    expect(verdict(() => checkRedirect('/b', plain, RULES))).toBe('http://localhost:3000/b');
  });
});

test('a URL without its query is what may be kept of it', () => {
  expect(withoutQuery('https://files.example.test/a.zip?signature=secret#part')).toBe(
    'https://files.example.test/a.zip',
  );
  expect(withoutQuery('no URL')).toBe('');
});
