import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../shared/ids/ids.ts';
import { type ContentFile, releaseIdOf } from '../../shared/releases/content.ts';

const file = fc.record({
  path: fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
  sha256: fc.string().map((content) => sha256(content)),
  sizeBytes: fc.nat(),
});
const files = fc.uniqueArray(file, { minLength: 1, maxLength: 10, selector: ({ path }) => path });

describe('a release', () => {
  test('has an id of the form all releases have', () => {
    fc.assert(
      fc.property(files, (list) => {
        expect(releaseIdOf(list, '1')).toMatch(/^r_[a-z2-7]{26}$/);
      }),
    );
  });

  test('stays the same for the same files, today and tomorrow', () => {
    const list: ContentFile[] = [{ path: 'index.html', sha256: sha256('hello'), sizeBytes: 5 }];
    expect(releaseIdOf(list, '1')).toBe('r_4xt7ovhyanocdayxy43cixfity');
  });

  test('does not depend on the order of its files', () => {
    const shuffled = files.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([a, b]) => {
        expect(releaseIdOf(b, '1')).toBe(releaseIdOf(a, '1'));
      }),
    );
  });

  test('is another when any file, path, content, size or the hook is another', () => {
    const changes = fc.constantFrom<(chosen: ContentFile) => ContentFile[]>(
      () => [],
      (chosen) => [{ ...chosen, path: `${chosen.path}x` }],
      (chosen) => [{ ...chosen, sha256: sha256(chosen.sha256) }],
      (chosen) => [{ ...chosen, sizeBytes: chosen.sizeBytes + 1 }],
      (chosen) => [chosen, { ...chosen, path: `${chosen.path}x` }],
    );
    fc.assert(
      fc.property(files, fc.nat(), changes, (list, pick, change) => {
        const at = pick % list.length;
        const chosen = list[at] as ContentFile;
        fc.pre(!list.some(({ path }) => path === `${chosen.path}x`));
        const changed = [...list.slice(0, at), ...change(chosen), ...list.slice(at + 1)];
        expect(releaseIdOf(changed, '1')).not.toBe(releaseIdOf(list, '1'));
      }),
    );
    expect(releaseIdOf([], '1')).not.toBe(releaseIdOf([], '2'));
  });

  test('tells a path from the digest and the size beside it, and one file from two', () => {
    const ids = [
      [{ path: 'ab', sha256: 'c', sizeBytes: 1 }],
      [{ path: 'a', sha256: 'bc', sizeBytes: 1 }],
      [{ path: 'ab', sha256: 'c1', sizeBytes: 1 }],
      [{ path: 'ab', sha256: 'c', sizeBytes: 11 }],
      [{ path: 'ab1:c1:1', sha256: '', sizeBytes: 1 }],
      [
        { path: 'ab', sha256: 'c', sizeBytes: 1 },
        { path: 'd', sha256: 'e', sizeBytes: 1 },
      ],
      [{ path: 'ab1:c1:11:d', sha256: 'e', sizeBytes: 1 }],
    ].map((list) => releaseIdOf(list, '1'));
    expect(new Set(ids).size).toBe(ids.length);
    expect(releaseIdOf([], '12')).not.toBe(releaseIdOf([{ path: '2', sha256: '', sizeBytes: 0 }], '1'));
  });
});
