import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { HostileArtifact } from '../../shared/artifacts/artifact-faults.ts';
import { DownloadRefused } from '../../shared/downloads/download-refused.ts';
import { HttpsDownloads, type HttpsDownloadsOptions } from '../../shared/downloads/https-downloads.ts';
import { SourceUnavailable } from '../../shared/errors/errors.ts';
import { endless, FILES, giving, Internet, pointing } from '../builders/internet.ts';
import { TestAuthority } from '../builders/test-authority.ts';

// Addresses on the open internet as the guard sees it; in a test they stand on this machine.
const A = '1.2.3.4';
const B = '5.6.7.8';
const A6 = '2600::1';
const LOOPBACK = '127.0.0.1';

const CONTENT = Buffer.from('the file');
const MAX_BYTES = 1000;
const URL_A = `https://${FILES}/lunch.zip?signature=secret`;

// As long as no test runs: a limit that is not kept is a test that never ends.
const LONG_MS = 600_000;
const PATIENT = { limits: { totalMs: LONG_MS, idleMs: LONG_MS } };

/** An internet whose FILES has these addresses at each look-up in turn. */
async function open(...answers: string[][]) {
  const internet = await Internet.open();
  internet.names.set(FILES, answers.length > 0 ? answers : [[A]]);
  return internet;
}

function downloadsOn(internet: Internet, options: Partial<HttpsDownloadsOptions> = {}): HttpsDownloads {
  const rules = { baseDomain: 'apps.example.com', origins: [] };
  return new HttpsDownloads({ rules, ...internet.options(), ...options });
}

/** The bytes at this address; or what they were refused with, in few words. */
async function fetchFrom(
  internet: Internet,
  url = URL_A,
  options: Partial<HttpsDownloadsOptions> = {},
): Promise<string> {
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await downloadsOn(internet, options).open(url, MAX_BYTES)) chunks.push(chunk);
    return `got ${Buffer.concat(chunks).toString()}`;
  } catch (error) {
    // Nothing of path and query is ever said, to whomever.
    const said = `${String(error)} ${JSON.stringify(error)}`;
    if (/secret|lunch\.zip/.test(said)) return said;
    if (error instanceof DownloadRefused) return error.finding.code;
    if (error instanceof HostileArtifact || error instanceof SourceUnavailable) return error.message;
    throw error;
  }
}

/** A server that redirects so often, counting down in the path. */
const countdown = (request: IncomingMessage, response: ServerResponse) => {
  const left = Number(request.url?.slice(1));
  (left === 0 ? giving(CONTENT) : pointing(`/${left - 1}`))(request, response);
};

const silent = () => undefined;
const stalling = (_: IncomingMessage, response: ServerResponse) => void response.write('a');

const neverSaying = () => new Promise<string[]>(() => undefined);
const refusingToSay = () => Promise.reject(new Error('nobody should ask'));

describe('a download', () => {
  test('arrives over TLS, asked for by the host’s name, and with nothing of ours', async () => {
    const internet = await open();
    const requests = await internet.serve(A, giving(CONTENT));
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
    vi.stubEnv('https_proxy', 'http://127.0.0.1:1');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await fetchFrom(internet)).toBe('got the file');
    expect(internet.connected).toEqual([`${A}:443`]);
    expect(requests.map(({ method, url, headers }) => ({ method, url, headers }))).toEqual([
      {
        method: 'GET',
        url: '/lunch.zip?signature=secret',
        headers: {
          accept: '*/*',
          'accept-encoding': 'identity',
          connection: 'close',
          host: FILES,
          'user-agent': 'Cottage-Download/1',
        },
      },
    ]);
    expect(requests.map(({ socket }) => 'servername' in socket && socket.servername)).toEqual([FILES]);
  });

  test('arrives in pieces, as long as they fit', async () => {
    const internet = await open();
    await internet.serve(A, (_, response) => {
      response.write('a'.repeat(MAX_BYTES - 1));
      response.end('b');
    });
    expect(await fetchFrom(internet)).toBe(`got ${'a'.repeat(MAX_BYTES - 1)}b`);
  });

  test('by IPv6 is one too', async () => {
    const internet = await open([A6]);
    await internet.serve(A6, giving(CONTENT));
    expect(await fetchFrom(internet)).toBe('got the file');
  });

  test('goes to the next address when one can’t be reached', async () => {
    const internet = await open([A, B]);
    await internet.serve(B, giving(CONTENT));
    expect(await fetchFrom(internet)).toBe('got the file');
    expect(internet.connected).toEqual([`${A}:443`, `${B}:443`]);
  });

  test('of a name with a final dot asks for the name without', async () => {
    const internet = await open();
    const requests = await internet.serve(A, giving(CONTENT));
    expect(await fetchFrom(internet, `https://${FILES}./a`)).toBe('got the file');
    expect(requests[0]?.headers.host).toBe(FILES);
  });
});

describe('the guard', () => {
  test.each([
    LOOPBACK,
    '127.8.9.10',
    '10.0.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::1',
    'fd00:ec2::254',
    'fe80::1',
    'ff02::1',
  ])('connects to nothing for a name that resolves to %s', async (address) => {
    const internet = await open([address]);
    const hits = await internet.serve(address, giving(CONTENT));
    expect(await fetchFrom(internet)).toBe('artifact/url-private');
    expect(internet.connected).toEqual([]);
    expect(hits).toEqual([]);
  });

  test.each([[[A, LOOPBACK]], [[LOOPBACK, A]], [[A, A6, '::1']], [[A, '::ffff:10.0.0.1']]])(
    'lets one bad address among several condemn the name: %j',
    async (addresses) => {
      const internet = await open(addresses);
      await internet.serve(A, giving(CONTENT));
      expect(await fetchFrom(internet)).toBe('artifact/url-private');
      expect(internet.connected).toEqual([]);
    },
  );

  test('connects to the address that was checked: a second answer of DNS changes nothing', async () => {
    const internet = await open([A], [LOOPBACK]);
    const hits = await internet.serve(LOOPBACK, giving(Buffer.from('inside')));
    await internet.serve(A, giving(CONTENT));
    expect(await fetchFrom(internet)).toBe('got the file');
    expect(internet.connected).toEqual([`${A}:443`]);
    expect(hits).toEqual([]);
    // The name really leads inside by now.
    expect(await internet.options().resolve?.(FILES)).toEqual([LOOPBACK]);
    expect(await fetchFrom(internet)).toBe('artifact/url-private');
    expect(hits).toEqual([]);
  });

  test('looks again at every redirect: the same name may lead elsewhere by then', async () => {
    const internet = await open([A], [LOOPBACK]);
    const hits = await internet.serve(LOOPBACK, giving(CONTENT));
    await internet.serve(A, pointing('/other.zip'));
    expect(await fetchFrom(internet)).toBe('artifact/url-private');
    expect(internet.connected).toEqual([`${A}:443`]);
    expect(hits).toEqual([]);
  });

  test.each([
    `https://${LOOPBACK}/`,
    'https://127.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://localhost/',
    'https://lunch.demo.apps.example.com/',
    'https://inside.example.test/',
  ])('lets no redirect lead to %s', async (location) => {
    const internet = await open();
    internet.names.set('inside.example.test', [['10.1.2.3']]);
    const hits = [
      await internet.serve(LOOPBACK, giving(CONTENT)),
      await internet.serve('::1', giving(CONTENT)),
      await internet.serve('10.1.2.3', giving(CONTENT)),
    ];
    await internet.serve(A, pointing(location));
    expect(await fetchFrom(internet)).toBe('artifact/url-private');
    expect(internet.connected).toEqual([`${A}:443`]);
    expect(hits).toEqual([[], [], []]);
  });

  test('knows what the configuration allows: there and nowhere else', async () => {
    const internet = await open([LOOPBACK]);
    await internet.serve(LOOPBACK, giving(CONTENT), { port: 8443 });
    await internet.serve(LOOPBACK, giving(Buffer.from('plain')), { port: 3000, plain: true });
    const origins = [`https://${FILES}:8443`, `http://${LOOPBACK}:3000`];
    const rules = { baseDomain: 'apps.example.com', origins };
    expect(await fetchFrom(internet, `https://${FILES}:8443/a`, { rules })).toBe('got the file');
    expect(await fetchFrom(internet, `http://${LOOPBACK}:3000/a`, { rules })).toBe('got plain');
    expect(await fetchFrom(internet, `https://${FILES}/a`, { rules })).toBe('artifact/url-private');
    expect(await fetchFrom(internet, `http://${LOOPBACK}:3001/a`, { rules })).toBe('artifact/url-invalid');
    expect(internet.connected).toEqual([`${LOOPBACK}:8443`, `${LOOPBACK}:3000`]);
  });

  test('asks no resolver for what is a number', async () => {
    const internet = await open();
    await internet.serve(A, giving(CONTENT), { names: [] });
    expect(await fetchFrom(internet, `https://${A}/`, { resolve: refusingToSay })).toBe(
      'artifact/url-insecure',
    );
    expect(internet.connected).toEqual([`${A}:443`]);
  });
});

describe('names', () => {
  test('that do not exist, or have no address, are not found', async () => {
    const internet = await open([]);
    expect(await fetchFrom(internet)).toBe('artifact/url-not-found');
    expect(await fetchFrom(internet, 'https://nobody.example.test/')).toBe('artifact/url-not-found');
  });

  test('whose DNS fails are asked for again later', async () => {
    const internet = await open();
    internet.broken.add(FILES);
    expect(await fetchFrom(internet)).toBe(`${FILES} could not be looked up: ESERVFAIL`);
  });

  test('are looked up by this machine’s own resolver, where nothing else is said', async () => {
    const internet = await open();
    const { resolve: _, ...options } = internet.options();
    const rules = { baseDomain: 'apps.example.com', origins: ['http://localhost:3000'] };
    await internet.serve(LOOPBACK, giving(CONTENT), { port: 3000, plain: true });
    const downloads = new HttpsDownloads({ ...options, rules });
    for await (const chunk of await downloads.open('http://localhost:3000/', MAX_BYTES)) {
      expect(Buffer.from(chunk)).toEqual(CONTENT);
    }
    expect(internet.connected.at(-1)).toBe(`${LOOPBACK}:3000`);
  });
});

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])('with status %i are followed', async (status) => {
    const internet = await open();
    internet.names.set('other.example.test', [[B]]);
    await internet.serve(A, pointing('https://other.example.test/file?signature=other', status));
    const requests = await internet.serve(B, giving(CONTENT), { names: ['other.example.test'] });
    expect(await fetchFrom(internet)).toBe('got the file');
    expect(requests.map(({ url, headers }) => [url, headers.host])).toEqual([
      ['/file?signature=other', 'other.example.test'],
    ]);
  });

  test('are followed five times, not six', async () => {
    const internet = await open();
    const requests = await internet.serve(A, countdown);
    expect(await fetchFrom(internet, `https://${FILES}/5`)).toBe('got the file');
    expect(await fetchFrom(internet, `https://${FILES}/6`)).toBe('artifact/url-redirects');
    expect(requests).toHaveLength(12);
  });

  test('take no cookies along', async () => {
    const internet = await open();
    const requests = await internet.serve(A, (request, response) => {
      response.setHeader('set-cookie', 'session=1; Path=/; Secure');
      countdown(request, response);
    });
    expect(await fetchFrom(internet, `https://${FILES}/1`)).toBe('got the file');
    expect(requests.map(({ headers }) => headers.cookie ?? headers.authorization)).toEqual([
      undefined,
      undefined,
    ]);
  });

  test('out of TLS are refused', async () => {
    const internet = await open();
    const hits = await internet.serve(B, giving(CONTENT), { port: 80, plain: true });
    internet.names.set('other.example.test', [[B]]);
    await internet.serve(A, pointing('http://other.example.test/'));
    expect(await fetchFrom(internet)).toBe('artifact/url-invalid');
    expect(hits).toEqual([]);
  });

  test.each([300, 304, 305])('with status %i are none', async (status) => {
    const internet = await open();
    await internet.serve(A, pointing('/other', status));
    expect(await fetchFrom(internet)).toBe('artifact/url-answer');
  });

  test('that say no place are none', async () => {
    const internet = await open();
    await internet.serve(A, (_, response) => response.writeHead(302).end());
    expect(await fetchFrom(internet)).toBe('artifact/url-answer');
  });
});

describe('whom it speaks with', () => {
  test('has to prove its name', async () => {
    const internet = await open();
    const hits = await internet.serve(A, giving(CONTENT), { names: ['other.example.test'] });
    expect(await fetchFrom(internet)).toBe('artifact/url-insecure');
    await internet.serve(A, giving(CONTENT), { beginsIn: -10, endsIn: -1 });
    expect(await fetchFrom(internet)).toBe('artifact/url-insecure');
    await internet.serve(A, giving(CONTENT), { issuer: await TestAuthority.make() });
    expect(await fetchFrom(internet)).toBe('artifact/url-insecure');
    await internet.serve(A, giving(CONTENT), { plain: true });
    expect(await fetchFrom(internet)).toBe('artifact/url-insecure');
    expect(hits).toEqual([]);
  });

  test('has to prove it even where Node is told to believe everybody', async () => {
    const internet = await open();
    await internet.serve(A, giving(CONTENT), { issuer: await TestAuthority.make() });
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await fetchFrom(internet)).toBe('artifact/url-insecure');
  });

  test('may come back when it is not there, or breaks off', async () => {
    const internet = await open();
    expect(await fetchFrom(internet)).toBe(`${FILES} could not be asked: ECONNREFUSED`);
    await internet.serve(A, (request) => request.socket.destroy());
    expect(await fetchFrom(internet)).toBe(`${FILES} could not be asked: ECONNRESET`);
    await internet.serve(A, (request, response) => {
      response.writeHead(200, { 'content-length': '8' });
      response.write('the ', () => request.socket.destroy());
    });
    expect(await fetchFrom(internet)).toBe(`${FILES} could not be asked: ECONNRESET`);
  });
});

describe('an answer', () => {
  test.each([408, 425, 429, 500, 502, 503, 504])('with status %i is worth another try', async (status) => {
    const internet = await open();
    await internet.serve(A, (_, response) => response.writeHead(status).end('secret'));
    expect(await fetchFrom(internet)).toBe(`${FILES} answered ${status}`);
  });

  test.each([201, 204, 206, 400, 401, 403, 404, 410])('with status %i is no file', async (status) => {
    const internet = await open();
    await internet.serve(A, (_, response) => response.writeHead(status).end());
    expect(await fetchFrom(internet)).toBe('artifact/url-answer');
  });

  test('that is packed once more is no file', async () => {
    const internet = await open();
    await internet.serve(A, (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(CONTENT));
    });
    expect(await fetchFrom(internet)).toBe('artifact/url-answer');
  });

  test.each(['SSH-2.0-OpenSSH_9.9\r\n', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`])(
    'that is not HTTP is no file: %#',
    async (text) => {
      const internet = await open();
      await internet.serve(A, (request) => request.socket.end(text));
      expect(await fetchFrom(internet)).toBe('artifact/url-answer');
    },
  );
});

describe('size', () => {
  const tooLarge = `artifact/too-large {"sizeBytes":1001,"limitBytes":${MAX_BYTES}}`;

  test('that is announced too large is refused before anything is read', async () => {
    const internet = await open();
    await internet.serve(A, (_, response) => {
      response.writeHead(200, { 'content-length': '1001' });
      response.flushHeaders();
    });
    expect(await fetchFrom(internet)).toBe(tooLarge);
  });

  test('that is not announced is refused at the first byte too many', async () => {
    const internet = await open();
    await internet.serve(A, (_, response) => void response.write('a'.repeat(1001)));
    expect(await fetchFrom(internet)).toBe(tooLarge);
  });

  test('that is announced smaller than it is ends where it was said to', async () => {
    const internet = await open();
    await internet.serve(A, ({ socket }) => {
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n${'a'.repeat(2000)}`);
    });
    expect(await fetchFrom(internet)).toBe('got aaa');
  });

  test('that is announced larger than it is was not all of it', async () => {
    const internet = await open();
    await internet.serve(A, ({ socket }) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nthe file'),
    );
    expect(await fetchFrom(internet)).toBe(`${FILES} could not be asked: ECONNRESET`);
  });
});

describe('time', () => {
  const SHORT_MS = 50;
  const TOTAL = { limits: { totalMs: SHORT_MS, idleMs: LONG_MS } };
  const IDLE = { limits: { totalMs: LONG_MS, idleMs: SHORT_MS } };

  test.each([
    ['a server that says nothing', silent, TOTAL],
    ['a server that stops in the middle', stalling, TOTAL],
    ['a server that says nothing', silent, IDLE],
    ['a server that stops in the middle', stalling, IDLE],
  ])('is not wasted on %s', async (_, handler, options) => {
    const internet = await open();
    await internet.serve(A, handler);
    expect(await fetchFrom(internet, URL_A, options)).toBe('artifact/url-slow');
  });

  test('is not wasted on a server that never ends, though it sends all the while', async () => {
    const internet = await open();
    await internet.serve(A, endless);
    const bytes = await downloadsOn(internet, TOTAL).open(URL_A, Number.MAX_SAFE_INTEGER);
    const read = async () => {
      for await (const chunk of bytes) expect(chunk.length).toBeGreaterThan(0);
    };
    await expect(read()).rejects.toThrow('artifact/url-slow');
  });

  test('is not wasted on redirects either, which have it together', async () => {
    const internet = await open();
    const asked = await internet.serve(A, (request, response) => {
      if (request.url !== '/last') pointing('/last')(request, response);
    });
    expect(await fetchFrom(internet, URL_A, TOTAL)).toBe('artifact/url-slow');
    expect(asked.length).toBeLessThanOrEqual(2);
  });

  test('is not wasted on a resolver', async () => {
    const internet = await open();
    expect(await fetchFrom(internet, URL_A, { resolve: neverSaying, ...TOTAL })).toBe('artifact/url-slow');
  });
});

test('closing breaks off what is under way, for it to be tried again', async () => {
  const internet = await open();
  const reached = Promise.withResolvers<void>();
  await internet.serve(A, (request, response) => {
    if (request.url === '/half') response.write('a', () => reached.resolve());
    else reached.resolve();
  });
  const downloads = downloadsOn(internet, PATIENT);
  const half = (await downloads.open(`https://${FILES}/half`, MAX_BYTES))[Symbol.asyncIterator]();
  await half.next();
  const nothing = downloads.open(`https://${FILES}/nothing`, MAX_BYTES);
  const unresolved = downloadsOn(internet, { resolve: neverSaying });
  const unnamed = unresolved.open(URL_A, MAX_BYTES);
  await reached.promise;
  downloads.close();
  unresolved.close();
  for (const waiting of [half.next(), nothing, unnamed, downloads.open(URL_A, MAX_BYTES)]) {
    await expect(waiting).rejects.toThrow(SourceUnavailable);
  }
});

test.each([
  [302, 'got the file'],
  [404, 'artifact/url-answer'],
  [503, `${FILES} answered 503`],
])('an answer with status %i is not read to its end, and its connection let go', async (status, expected) => {
  const internet = await open();
  const closed = Promise.withResolvers<void>();
  await internet.serve(A, (request, response) => {
    if (request.url === '/file') return giving(CONTENT)(request, response);
    response.on('close', () => closed.resolve());
    response.writeHead(status, { location: '/file' });
    response.write('a');
  });
  expect(await fetchFrom(internet, URL_A, PATIENT)).toBe(expected);
  expect(await closed.promise).toBeUndefined();
});

test('who reads no further lets go of the connection', async () => {
  const internet = await open();
  const closed = Promise.withResolvers<void>();
  await internet.serve(A, (_, response) => {
    response.on('close', () => closed.resolve());
    response.write('a');
  });
  for await (const _ of await downloadsOn(internet, PATIENT).open(URL_A, MAX_BYTES)) break;
  expect(await closed.promise).toBeUndefined();
});
