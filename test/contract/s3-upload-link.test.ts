import { describe, expect, it } from 'vitest';
import { sha256 } from '../../shared/ids/ids.ts';
import { upload } from './blob-store.suite.ts';
import { openFakeS3 as open } from './s3-on-fake.ts';

describe('an upload link of S3', () => {
  const file = Buffer.from('PK: an archive');

  it.each([
    ['another checksum', { 'x-amz-checksum-sha256': Buffer.from(sha256('x'), 'hex').toString('base64') }],
    ['a field more', { 'Cache-Control': 'max-age=9' }],
    [
      'another policy',
      { Policy: Buffer.from('{"expiration":"2999-01-01T00:00:00Z","conditions":[]}').toString('base64') },
    ],
  ])('refuses %s', async (_, changed) => {
    const { store, stored, post } = await open();
    const { url, fields } = await store.uploadLink(upload('incoming/one', file));
    expect(await post({ url, fields: { ...fields, ...changed } }, file)).toBe(false);
    expect(await stored('incoming/one')).toBeUndefined();
  });

  it('is worth nothing in another bucket', async () => {
    const { store, fake, post } = await open();
    const { url, fields } = await store.uploadLink(upload('incoming/one', file));
    const turned = { url: url.replace('cottage-incoming', 'cottage-releases'), fields };
    expect(await post(turned, file)).toBe(false);
    expect(fake.bucket('cottage-releases').all()).toEqual([]);
  });

  it('can’t do without its checksum', async () => {
    const { store, stored, post } = await open();
    const { url, fields } = await store.uploadLink(upload('incoming/one', file));
    const { 'x-amz-checksum-sha256': _, ...others } = fields;
    expect(await post({ url, fields: others }, file)).toBe(false);
    expect(await stored('incoming/one')).toBeUndefined();
  });

  it('makes a blob that says its digest and size, in a version of its own', async () => {
    const { store, post } = await open();
    const link = await store.uploadLink(upload('incoming/one', file));
    await post(link, file);
    const first = await store.get('incoming/one');
    expect(first).toMatchObject({ sizeBytes: file.length, sha256: sha256(file), metadata: {} });
    await post(link, file);
    expect((await store.get('incoming/one')).versionId).not.toBe(first.versionId);
    expect((await store.get('incoming/one', first.versionId)).sha256).toBe(sha256(file));
  });

  it('allows one size, key, bucket and checksum, until the moment it was told', async () => {
    const { store } = await open();
    const request = { ...upload('incoming/one', file), expiresAt: Date.UTC(2999, 0, 1) + 500 };
    const { fields } = await store.uploadLink(request);
    const policy = JSON.parse(Buffer.from(fields['Policy'] ?? '', 'base64').toString()) as {
      expiration: string;
    };
    // In whole seconds, by a clock that the SDK has set by the service's.
    expect(Math.abs(Date.parse(policy.expiration) - request.expiresAt)).toBeLessThan(5000);
    expect(policy).toHaveProperty(
      'conditions',
      expect.arrayContaining([
        ['content-length-range', file.length, file.length],
        { key: 'incoming/one' },
        { bucket: 'cottage-incoming' },
        { 'x-amz-checksum-sha256': Buffer.from(request.sha256, 'hex').toString('base64') },
      ]),
    );
  });

  it('is not made for a key that S3 would put a name into', async () => {
    const { store } = await open();
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how S3 spells it.
    await expect(store.uploadLink(upload('incoming/${filename}', file))).rejects.toThrow(TypeError);
  });
});
