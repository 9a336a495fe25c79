import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from './temp.ts';

/** An entry as a tar archive may hold it, whoever made it. */
export interface RawEntry {
  path: string;
  content?: string | Buffer;
  /** `0` file, `5` folder, `1` and `2` links, `3` device, `x` an extension. */
  type?: string;
  /** What the head says, when it lies. */
  sizeBytes?: number;
  /** Left out of the list of digests, or on it with another digest. */
  sum?: string;
}

export const HEAD = { format: 1, createdAt: '2026-11-24T10:00:00.000Z', dataVersion: 2 };

/** What is in the smallest backup there can be, by name, to be replaced or left out. */
export const SMALLEST: RawEntry[] = [
  { path: 'cottage-backup.json', content: JSON.stringify(HEAD) },
  { path: 'data/cottage.db', content: 'not opened here' },
  { path: 'data/keys.json', content: '{}' },
];

/** The bytes of an archive of these entries, made without the product's writer; its list of digests comes last. */
export function backupBytes(entries: RawEntry[], { list = true, end = true } = {}): Buffer {
  const sums = entries
    .filter(({ type = '0', sum }) => type === '0' && sum !== 'none')
    .map(({ path, content = '', sum }) => `${sum ?? sha256(content)}  ${path}\n`);
  const all = list ? [...entries, { path: 'SHA256SUMS', content: sums.join('') }] : entries;
  return Buffer.concat([...all.map(rawEntry), Buffer.alloc(end ? 1024 : 0)]);
}

/** The same, in a file. */
export function backupFile(bytes: Buffer): string {
  const file = join(tempFolder(), 'backup.tar');
  writeFileSync(file, bytes);
  return file;
}

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

function rawEntry({ path, content = '', type = '0', sizeBytes }: RawEntry): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(path, 0, 100);
  header.write('0000644\0', 100);
  header.write(`${(sizeBytes ?? bytes.length).toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write(type, 156);
  header.write(type === '1' || type === '2' ? 'target' : '', 157);
  header.write('ustar\u000000', 257);
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}
