import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy } from '@fastify/busboy';
import type { LocalBlobStore } from '../../shared/blobs/local-blob-store.ts';
import { RequestRefused } from '../../shared/errors/errors.ts';
import { refuse } from '../../shared/errors/problems.ts';
import { UploadId } from '../../shared/ids/ids.ts';

const LIMITS = { fields: 16, fieldSize: 2048, files: 1, parts: 17, headerPairs: 32 };

/**
 * `POST /v1/uploads`: the form an upload link asks for, every field first and the file last, streamed to disk. The
 * signed fields are all the authority there is.
 */
export async function receiveUpload(request: Request, blobs: LocalBlobStore): Promise<Response> {
  const type = request.headers.get('content-type') ?? '';
  if (!request.body || !/^multipart\/form-data\s*;/i.test(type)) {
    throw refuse('upload/form-invalid', 'Send multipart/form-data: every field first, the file last.');
  }
  const fields: Record<string, string> = {};
  let stored: Promise<{ key: string; sizeBytes: number }> | undefined;
  const form = new Busboy({ headers: { 'content-type': type }, limits: LIMITS });
  form.on('field', (name, value) => {
    if (name !== '__proto__') fields[name] = value;
  });
  form.on('file', (name, file) => {
    if (name !== 'file' || stored) {
      file.resume();
      return;
    }
    stored = blobs.receiveUpload({ ...fields }, file);
    // What is wrong with the upload ends the form: nothing more of it is read.
    stored.catch((error: Error) => form.destroy(error));
  });
  try {
    await pipeline(Readable.fromWeb(request.body), form);
  } catch (error) {
    if (stored) await stored;
    if (error instanceof RequestRefused) throw error;
    throw refuse('upload/form-invalid', 'The form is not complete.');
  }
  const done = await stored;
  if (!done)
    throw refuse('upload/form-invalid', 'The form has no file. Send it last, under the name "file".');
  const uploadId = UploadId.safeParse(/^incoming\/(.*)\.zip$/.exec(done.key)?.[1]);
  return Response.json({ uploadId: uploadId.data ?? null, sizeBytes: done.sizeBytes }, { status: 201 });
}
