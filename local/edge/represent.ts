import {
  acceptsIdentity,
  type Encoding,
  encodingFor,
  isNegotiable,
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

interface Wish {
  /** Undefined when it wants nothing we have. */
  encoding: Encoding | undefined;
  acceptsIdentity: boolean;
}

/** The files of releases, in the encodings that clients want. */
export class Representations {
  readonly #cache: FileCache;
  /** The last one: browsers mostly say the same as the one before. */
  #last: Wish & { accepted: string } = { accepted: '', encoding: 'identity', acceptsIdentity: true };

  constructor(cache: FileCache) {
    this.#cache = cache;
  }

  /** Is there such a file? */
  async has(key: string): Promise<boolean> {
    const content = await this.#cache.open(key);
    if (content) await close(content);
    return content !== undefined;
  }

  /** What `find` would find, when that is in memory already. */
  kept(key: string, request: EdgeRequest): Representation | undefined {
    const { encoding, acceptsIdentity: takesIt } = this.#wishOf(request);
    if (encoding === undefined) return undefined;
    if (encoding !== 'identity') {
      const coded = this.#cache.kept(key, encoding);
      if (coded) return { content: coded, encoding, negotiable: true };
    }
    const content = this.#cache.kept(key, 'identity');
    if (!content) return undefined;
    const { negotiable } = content;
    // It can be had better, and is going to be; or it is not taken like this.
    if (encoding !== 'identity' && (negotiable || !takesIt)) return undefined;
    return { content, encoding: 'identity', negotiable };
  }

  /**
   * The file in the encoding that this client wants most. Undefined when there is no such file; `unacceptable` when it
   * is there, and not in any way the client takes.
   */
  async find(key: string, request: EdgeRequest): Promise<Representation | 'unacceptable' | undefined> {
    const content = await this.#cache.open(key);
    if (!content) return undefined;
    const wish = this.#wishOf(request);
    const negotiable = isNegotiable(key, sizeOfFile(content));
    try {
      const coded = negotiable && wish.encoding !== 'identity' ? wish.encoding : undefined;
      const compressed = coded && (await this.#cache.compressed(key, coded));
      if (coded && compressed) {
        await close(content);
        return { content: compressed, encoding: coded, negotiable };
      }
    } catch (error) {
      await close(content);
      throw error;
    }
    if (wish.acceptsIdentity) return { content, encoding: 'identity', negotiable };
    await close(content);
    return 'unacceptable';
  }

  #wishOf({ method, headers }: EdgeRequest): Wish {
    const wish = this.#wishIn(headers['accept-encoding']?.toString() ?? '');
    // Parts are of the file as it is. Compressed again by another version of zlib, the same file may have other bytes,
    // and a part of those would not fit the part that somebody has.
    if (method === 'GET' && headers.range !== undefined && wish.acceptsIdentity) {
      return { encoding: 'identity', acceptsIdentity: true };
    }
    return wish;
  }

  #wishIn(accepted: string): Wish {
    if (this.#last.accepted === accepted) return this.#last;
    const encoding = encodingFor(accepted);
    this.#last = { accepted, encoding, acceptsIdentity: acceptsIdentity(accepted) };
    return this.#last;
  }
}

export function sizeOfFile(content: KeptFile | ReleaseFile): number {
  return 'bytes' in content ? content.bytes.length : content.sizeBytes;
}

/** Closes the file, if it is open. */
export async function close(content: KeptFile | ReleaseFile): Promise<void> {
  if ('file' in content) await content.file.close();
}
