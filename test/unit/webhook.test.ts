import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { acceptPublishEndpoint } from '../../functions/api/accept-publish.ts';
import { createApi } from '../../functions/api/api.ts';
import { RequestRefused } from '../../shared/errors/errors.ts';
import { instant } from '../../shared/ids/ids.ts';
import type { Platform } from '../../shared/platforms/platform.ts';
import { Platforms } from '../../shared/platforms/platforms.ts';
import { newPlatform, rotateSecret } from '../../shared/platforms/secrets.ts';
import { SqliteRecordStore } from '../../shared/records/sqlite-record-store.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { silentLog } from '../../shared/runtime/log.ts';
import { verifyWebhook, webhookHeaders } from '../../shared/webhooks/webhook.ts';
import { T0 } from '../builders/app.ts';
import { tempDatabase } from '../builders/temp.ts';

const NOW = Date.parse(T0);
const SECONDS = String(NOW / 1000);
const BODY = Buffer.from('{"title":"Mittagessen für alle 🍲"}');

// Who signs by the specification alone, without the library.
const secretOf = (fill: number) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
function sign(fill: number, { id = 'msg-1', timestamp = SECONDS, body = BODY } = {}): string {
  const mac = createHmac('sha256', Buffer.alloc(32, fill)).update(`${id}.${timestamp}.`).update(body);
  return `v1,${mac.digest('base64')}`;
}

const platform: Pick<Platform, 'secrets'> = { secrets: [{ secret: secretOf(1), createdAt: T0 }] };
const headers = (signature: string, rest: { id?: string; timestamp?: string } = {}) => ({
  id: 'msg-1',
  timestamp: SECONDS,
  signature,
  ...rest,
});

/** The code of the refusal; undefined when it is taken. */
function refusal(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof RequestRefused) return error.code;
    throw error;
  }
}

const verified = (signature: string, { of = platform, body = BODY, now = NOW } = {}) =>
  refusal(() => verifyWebhook(of, headers(signature), body, now));

const verifiedOfNobody = (signature: string) =>
  refusal(() => verifyWebhook(undefined, headers(signature), BODY, NOW));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a signature', () => {
  it('is good over exactly these bytes, id and timestamp', () => {
    expect(verified(sign(1))).toBeUndefined();
  });

  it('is good over an empty body', () => {
    const body = Buffer.alloc(0);
    expect(verified(sign(1, { body }), { body })).toBeUndefined();
  });

  it.each([
    ['another id', sign(1, { id: 'msg-2' })],
    ['another timestamp', sign(1, { timestamp: String(NOW / 1000 - 1) })],
    ['another body', sign(1, { body: Buffer.from('{}') })],
    ['another secret', sign(2)],
    ['no version', sign(1).slice(3)],
    ['an unknown version', sign(1).replace('v1', 'v2')],
    ['a version that begins the same', sign(1).replace('v1', 'v1a')],
    ['nothing after the version', 'v1,'],
    ['only the version', 'v1'],
    ['half of it', sign(1).slice(0, 20)],
    ['something added', `${sign(1)}A`],
    ['words', 'let me in'],
  ])('is not good with %s', (_, signature) => {
    expect(verified(signature)).toBe('webhook/signature-invalid');
  });

  it('is not good with any one bit changed', () => {
    const mac = Buffer.from(sign(1).slice(3), 'base64');
    for (let bit = 0; bit < mac.length * 8; bit += 1) {
      const changed = Buffer.from(mac);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(verified(`v1,${changed.toString('base64')}`)).toBe('webhook/signature-invalid');
    }
  });

  it('is not good over a body with any one bit changed', () => {
    for (let bit = 0; bit < BODY.length * 8; bit += 1) {
      const body = Buffer.from(BODY);
      body.writeUInt8(body.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(verified(sign(1), { body })).toBe('webhook/signature-invalid');
    }
  });

  it('may stand among others, of whatever version', () => {
    expect(verified(`v1,AAAA v9,xyz ${sign(2)} ${sign(1)}`)).toBeUndefined();
    expect(verified(`${sign(1)} v1,AAAA`)).toBeUndefined();
    expect(verified(`${sign(2)} ${sign(3)}`)).toBe('webhook/signature-invalid');
  });

  it('of bytes that are not UTF-8 is never good, not even over what they would be read as', () => {
    const body = Buffer.from([0x7b, 0xff, 0x7d]);
    expect(verified(sign(1, { body }), { body })).toBe('webhook/signature-invalid');
    const read = Buffer.from(body.toString());
    expect(verified(sign(1, { body: read }), { body })).toBe('webhook/signature-invalid');
  });
});

const rotating = (notAfter: string) => ({
  secrets: [
    { secret: secretOf(2), createdAt: T0 },
    { secret: secretOf(1), createdAt: T0, notAfter },
  ],
});

describe('a secret that is being rotated out', () => {
  it('is good beside the new one until its end, which is exclusive', () => {
    for (const fill of [1, 2]) {
      expect(verified(sign(fill), { of: rotating(instant(NOW + 1)) })).toBeUndefined();
    }
    expect(verified(sign(1), { of: rotating(instant(NOW)) })).toBe('webhook/signature-invalid');
    expect(verified(sign(1), { of: rotating(instant(NOW - 1)) })).toBe('webhook/signature-invalid');
    expect(verified(sign(2), { of: rotating(instant(NOW - 1)) })).toBeUndefined();
  });

  it('never lets an unknown one in beside them', () => {
    expect(verified(sign(3), { of: rotating(instant(NOW + 1)) })).toBe('webhook/signature-invalid');
  });

  it('is good for a day after a real rotation', () => {
    const before = newPlatform({ platformId: 'demo', title: 'Demo', teams: [] }, NOW);
    const { platform: after, secret } = rotateSecret(before, NOW);
    const signature = (with_: string) => new Webhook(with_).sign('msg-1', new Date(NOW), BODY.toString());
    const old = before.secrets[0]?.secret ?? '';
    expect(verified(signature(old), { of: after })).toBeUndefined();
    expect(verified(signature(secret), { of: after })).toBeUndefined();
  });
});

describe('the window of five minutes', () => {
  it.each([
    [0, undefined],
    [300_000, undefined],
    [-300_000, undefined],
    [300_001, 'webhook/timestamp'],
    [-300_001, 'webhook/timestamp'],
    [86_400_000, 'webhook/timestamp'],
  ])('by system time %i ms away: %s', (ms, code) => {
    vi.setSystemTime(NOW + ms);
    expect(verified(sign(1), { now: NOW + ms })).toBe(code);
  });

  it('is checked before the signature: an old one says so', () => {
    expect(verified('v1,AAAA', { now: NOW + 300_001 })).toBe('webhook/timestamp');
  });
});

const read = (fields: Record<string, string>) => webhookHeaders(new Headers(fields));

describe('the three headers', () => {
  const good = { 'webhook-id': 'msg-1', 'webhook-timestamp': SECONDS, 'webhook-signature': 'v1,x' };

  it('are read whatever their case', () => {
    expect(
      read({ 'Webhook-Id': 'msg-1', 'WEBHOOK-TIMESTAMP': SECONDS, 'webhook-Signature': 'v1,x' }),
    ).toEqual(headers('v1,x'));
  });

  it.each(Object.keys(good))('are all needed: %s', (name) => {
    const { [name as keyof typeof good]: _, ...rest } = good;
    expect(refusal(() => read(rest as Record<string, string>))).toBe('webhook/headers-missing');
    expect(refusal(() => read({ ...good, [name]: '' }))).toBe('webhook/headers-missing');
  });

  it.each(['two words', 'é', 'x'.repeat(257)])('take no id such as %j', (id) => {
    expect(refusal(() => read({ ...good, 'webhook-id': id }))).toBe('webhook/headers-missing');
  });

  it('take an id of 256 characters', () => {
    expect(read({ ...good, 'webhook-id': 'x'.repeat(256) }).id).toHaveLength(256);
  });

  it.each(['now', '-1', '1e9', '12.5', '0x1F', '1234567890123', '1 2'])(
    'take no timestamp such as %j',
    (timestamp) => {
      expect(refusal(() => read({ ...good, 'webhook-timestamp': timestamp }))).toBe(
        'webhook/headers-missing',
      );
    },
  );
});

describe('a platform that is not there', () => {
  it('is refused as a wrong signature is, to the byte', async () => {
    const store = new SqliteRecordStore(tempDatabase());
    const platforms = new Platforms(store);
    const demo = newPlatform({ platformId: 'demo', title: 'Demo', teams: ['demo'] }, NOW);
    const happening = { at: T0, action: 'added', by: 'cottage' };
    await store.write({ opId: 'add', operations: platforms.changing(undefined, demo, happening) });
    const deps: Partial<Deps> = { platforms, log: silentLog };
    const api = createApi([acceptPublishEndpoint], deps as Deps, () => ['localhost']);
    const answers = [];
    for (const name of ['demo', 'nobody', 'NOT-A-NAME', '__proto__']) {
      const response = await api.request(`http://localhost/v1/hooks/${name}/publish`, {
        method: 'POST',
        headers: {
          host: 'localhost',
          'content-type': 'application/json',
          'webhook-id': 'msg-1',
          'webhook-timestamp': SECONDS,
          'webhook-signature': sign(9),
        },
        body: BODY,
      });
      answers.push([response.status, [...response.headers], await response.text()]);
    }
    expect(answers[0]?.[0]).toBe(401);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  it('has nothing that one could sign with, not even a secret of zeros', () => {
    expect(verifiedOfNobody(sign(0))).toBe('webhook/signature-invalid');
  });

  it('costs as many signatures to refuse as one with one secret', () => {
    const signing = vi.spyOn(Webhook.prototype, 'verify');
    expect(verified(sign(9))).toBe('webhook/signature-invalid');
    expect(signing).toHaveBeenCalledTimes(1);
    expect(verifiedOfNobody(sign(9))).toBe('webhook/signature-invalid');
    expect(signing).toHaveBeenCalledTimes(2);
  });
});

describe('a stored secret that is none', () => {
  it('is a defect, never a refusal', () => {
    const broken = { secrets: [{ secret: 'whsec_', createdAt: T0 }] };
    expect(() => verified(sign(1), { of: broken })).toThrow("Secret can't be empty");
  });
});
