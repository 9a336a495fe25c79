import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_BYTES, decodeTarHeader, encodeTarHeader, paddingOf } from '../../local/backup/tar.ts';

const segment = fc.stringMatching(/^[a-zäß0-9_.-]{1,60}$/);
const paths = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => segments.join('/'));

describe('the head of an entry', () => {
  it('reads as it was written, or is not written', () => {
    fc.assert(
      fc.property(paths, fc.nat({ max: 2 ** 33 + 5 }), fc.boolean(), (path, size, isFile) => {
        const entry = { path, kind: isFile ? 'file' : 'folder', sizeBytes: isFile ? size : 0 } as const;
        const header = encodeTarHeader(entry, 1_700_000_000_000);
        const isTooLong = header === undefined && Buffer.byteLength(path) > 100;
        expect(isTooLong ? entry : decodeTarHeader(header ?? Buffer.alloc(0))).toEqual(entry);
      }),
    );
  });

  it.each([
    ['a'.repeat(100), true],
    ['a'.repeat(101), false],
    [`${'p'.repeat(155)}/${'n'.repeat(100)}`, true],
    [`${'p'.repeat(156)}/${'n'.repeat(99)}`, false],
    [`${'p'.repeat(154)}/${'n'.repeat(101)}`, false],
    [`${'p'.repeat(50)}/${'q'.repeat(50)}/${'n'.repeat(100)}`, true],
    [`${'p'.repeat(100)}/`, false],
  ])('has room for 255 bytes with a slash in the right place (%#)', (path, fits) => {
    expect(encodeTarHeader({ path, kind: 'file', sizeBytes: 1 }, 0) !== undefined).toBe(fits);
  });

  it.each([0, 1, 0o77777777777, 0o100000000000, Number.MAX_SAFE_INTEGER])(
    'says a size of %i',
    (sizeBytes) => {
      const header = encodeTarHeader({ path: 'a', kind: 'file', sizeBytes }, 0);
      expect(decodeTarHeader(header ?? Buffer.alloc(0))).toMatchObject({ sizeBytes });
    },
  );

  it('is what other programs read: ustar, its sum in octal, owner only', () => {
    const header = encodeTarHeader({ path: 'data/a', kind: 'file', sizeBytes: 5 }, 1_000) ?? Buffer.alloc(0);
    expect(header.length).toBe(BLOCK_BYTES);
    expect(header.toString('latin1', 0, 7)).toBe('data/a\0');
    expect(header.toString('latin1', 100, 108)).toBe('0000600\0');
    expect(header.toString('latin1', 124, 136)).toBe('00000000005\0');
    expect(header.toString('latin1', 136, 148)).toBe('00000000001\0');
    expect(header.toString('latin1', 156, 157)).toBe('0');
    expect(header.toString('latin1', 257, 265)).toBe('ustar\u000000');
    // 8 spaces in place of the sum, and every other byte.
    const without = Buffer.from(header).fill(0x20, 148, 156);
    const sum = without.reduce((total, byte) => total + byte, 0);
    expect(Number.parseInt(header.toString('latin1', 148, 154), 8)).toBe(sum);
  });

  it('is not read when a bit of it is another', () => {
    const header = encodeTarHeader({ path: 'data/a', kind: 'file', sizeBytes: 5 }, 0) ?? Buffer.alloc(0);
    for (let at = 0; at < BLOCK_BYTES; at += 1) {
      const changed = Buffer.from(header);
      changed.writeUInt8(header.readUInt8(at) ^ 1, at);
      const isSpaceOfSum = at === 154 || at === 155;
      expect([at, isSpaceOfSum || decodeTarHeader(changed) === 'bad']).toEqual([at, true]);
    }
  });
});

it.each([
  [0, 0],
  [1, 511],
  [511, 1],
  [512, 0],
  [513, 511],
])('a file of %i bytes is followed by %i to the next block', (size, padding) => {
  expect(paddingOf(size)).toBe(padding);
});
