import type { Readable } from 'node:stream';
import * as z from 'zod';
import { RequestRefused } from '../errors/errors.ts';
import type { Signer } from '../signer/signer.ts';
import type { BlobVersion, UploadRequest } from './blob-store.ts';

const number = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

/** The fields as a form carries them: text, and no others. */
const Fields = z.strictObject({
  key: z.string().min(1).max(1024),
  size: number,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  expires: number,
  kid: z.string().regex(/^[\w-]{1,64}$/),
  mac: z.string().regex(/^[\w-]{43}$/),
});

/** The form fields that allow exactly this upload. */
export async function uploadFields(signer: Signer, request: UploadRequest): Promise<Record<string, string>> {
  const fields = {
    key: request.key,
    size: String(request.sizeBytes),
    sha256: request.sha256,
    expires: String(request.expiresAt),
  };
  return { ...fields, ...(await signer.sign('upload', message(request))) };
}

/**
 * The upload that these fields allow.
 * @throws RequestRefused `upload/form-invalid`, `upload/expired`. What can be seen without a key is looked at first.
 */
export async function readUploadFields(
  signer: Signer,
  fields: Record<string, string>,
): Promise<UploadRequest> {
  const parsed = Fields.safeParse(fields);
  if (!parsed.success) throw formInvalid();
  const { key, size, sha256, expires, kid, mac } = parsed.data;
  if (Date.now() >= expires) {
    throw new RequestRefused(410, 'upload/expired', 'Ask for a new upload link: this one is too old.');
  }
  const request = { key, sizeBytes: size, sha256, expiresAt: expires };
  if (!(await signer.verify('upload', message(request), { kid, mac }))) throw formInvalid();
  return request;
}

/** The body, up to the size announced: the first byte too many ends it with `upload/too-large`. */
export async function* noLargerThan(body: Readable, sizeBytes: number): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    seen += chunk.byteLength;
    if (seen > sizeBytes) {
      throw new RequestRefused(
        413,
        'upload/too-large',
        'Send the file you announced: this one is larger than that.',
      );
    }
    yield chunk;
  }
}

/** @throws RequestRefused `upload/digest-mismatch` when other bytes came than were announced, or fewer. */
export function checkUploaded(request: UploadRequest, written: Omit<BlobVersion, 'versionId'>): void {
  if (written.sizeBytes === request.sizeBytes && written.sha256 === request.sha256) return;
  throw new RequestRefused(
    422,
    'upload/digest-mismatch',
    'Send the file again: what arrived is not the file you announced.',
  );
}

function message(request: UploadRequest): string {
  return JSON.stringify([1, request.key, request.sizeBytes, request.sha256, request.expiresAt]);
}

function formInvalid(): RequestRefused {
  return new RequestRefused(
    400,
    'upload/form-invalid',
    'Ask for a new upload link, and send its fields exactly as you got them, before the file.',
  );
}
