import {
  acceptsIdentity,
  type Encoding,
  encodingFor,
  isNegotiable,
  shrinks,
} from '../../shared/hosting/content-encoding.ts';
import type { EdgeRequest } from './answer.ts';
import type { FileCache, KeptFile, ReleaseFile } from './file-cache.ts';

/** A file as it is going to be sent. Whoever gets it closes its content. */
export interface Representation {
  content: KeptFile | ReleaseFile;
  encoding: Encoding;
  /** Might another `Accept-Encoding` have got something else? */
  negotiable: boolean;
}

/**
 * The file in the encoding that this client wants most. Undefined when there is no such file; `unacceptable` when it is
 * there, and not in any way the client takes.
 */
export async function represent(
  cache: FileCache,
  key: string,
  request: EdgeRequest,
): Promise<Representation | 'unacceptable' | undefined> {
  const accepted = request.headers['accept-encoding']?.toString();
  const wanted = wantsPart(request, accepted) ? 'identity' : encodingFor(accepted);
  const coded = wanted === 'identity' ? undefined : wanted;
  const kept = coded && shrinks(key) ? cache.kept(key, coded) : undefined;
  if (coded && kept) return { content: kept, encoding: coded, negotiable: true };

  const content = await cache.open(key);
  if (!content) return undefined;
  const negotiable = isNegotiable(key, sizeOfFile(content));
  try {
    const compressed = coded && negotiable ? await cache.compressed(key, coded) : undefined;
    if (coded && compressed) {
      await close(content);
      return { content: compressed, encoding: coded, negotiable };
    }
  } catch (error) {
    await close(content);
    throw error;
  }
  if (acceptsIdentity(accepted)) return { content, encoding: 'identity', negotiable };
  await close(content);
  return 'unacceptable';
}

export function sizeOfFile(content: KeptFile | ReleaseFile): number {
  return 'bytes' in content ? content.bytes.length : content.sizeBytes;
}

/** Closes the file, if it is open. */
export async function close(content: KeptFile | ReleaseFile): Promise<void> {
  if ('file' in content) await content.file.close();
}

/**
 * Parts are of the file as it is. Compressed again by another version of zlib, the same file may have other bytes, and a
 * part of those would not fit the part that somebody has.
 */
function wantsPart({ method, headers }: EdgeRequest, accepted: string | undefined): boolean {
  return method === 'GET' && headers.range !== undefined && acceptsIdentity(accepted);
}
