import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { randomId } from '../../shared/ids/ids.ts';
import { keptHeadsContract } from '../contract/kept-heads.suite.ts';
import { openS3Heads } from '../contract/s3-heads.ts';
import { motoUrl } from './moto.ts';

const open = () => openS3Heads(motoUrl(), randomId('audit').replaceAll('_', '-'));

describe('heads kept in S3 on moto', () => {
  keptHeadsContract(open);

  it('are not hidden by the mark of a deletion', async () => {
    const { keptHeads, client, bucket } = await open();
    await keptHeads.keep('2026-11-24', 'first');
    const Objects = [{ Key: 'heads/2026-11-24.json' }];
    await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
    expect(await keptHeads.names()).toEqual(['2026-11-24']);
    expect(await keptHeads.keep('2026-11-24', 'forged')).toBe(false);
    expect(await keptHeads.read('2026-11-24')).toBe('first');
  });
});
