import { describe, expect, it } from 'vitest';
import type { S3BlobStoreOptions } from '../../shared/blobs/s3-blob-store.ts';
import { randomId } from '../../shared/ids/ids.ts';
import { blobContract, upload } from '../contract/blob-store.suite.ts';
import { openS3 } from '../contract/s3-store.ts';
import { motoUrl } from './moto.ts';

const bucket = (kind: string) => randomId(kind).replaceAll('_', '-');

const open = (options: Partial<S3BlobStoreOptions> = {}) =>
  openS3(motoUrl(), [bucket('incoming'), bucket('releases')], options);

describe('the S3 store on moto', () => {
  blobContract(
    () => open(),
    () => open({ pageSize: 2 }),
  );

  // moto looks at no policy of a form, so what a link refuses is shown on the fake alone.
  it('an upload link takes the file it was made for', async () => {
    const { store, stored, post } = await open();
    const file = Buffer.from('PK: an archive');
    expect(await post(await store.uploadLink(upload('incoming/one', file)), file)).toBe(true);
    expect((await stored('incoming/one'))?.equals(file)).toBe(true);
  });
});
