import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Encoding } from '../../shared/hosting/content-encoding.ts';

const brotliAsync = promisify(brotliCompress);
const gzipAsync = promisify(gzip);

/** Each file is compressed once and sent often, but somebody waits for that once: 5 does about 50 MB a second, 11 one. */
const BROTLI_QUALITY = 5;

/** The bytes compressed, in memory of their own, on a thread of Node's pool. */
export async function compress(bytes: Buffer, encoding: Exclude<Encoding, 'identity'>): Promise<Buffer> {
  const small = await (encoding === 'br'
    ? brotliAsync(bytes, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        },
      })
    : gzipAsync(bytes));
  // What zlib gives is a view of a larger piece of memory, all of which would be kept with it.
  const own = Buffer.allocUnsafeSlow(small.length);
  small.copy(own);
  return own;
}
