import { buffer } from 'node:stream/consumers';
import yazl from 'yazl';

/** A zip of these files, as any zip tool makes it. */
export async function siteZip(files: Record<string, string | Buffer>): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  const mtime = new Date('2026-01-01T00:00:00Z');
  for (const [path, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), path, { mtime });
  zip.end();
  return buffer(zip.outputStream);
}
