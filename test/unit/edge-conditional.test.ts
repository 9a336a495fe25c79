import { describe, expect, it } from 'vitest';
import { conditionFailed, rangeOf } from '../../local/edge/conditional.ts';

describe('conditions on a file with the tag "a"', () => {
  it.each([
    [{}, undefined],
    [{ ifNoneMatch: '"a"' }, 304],
    [{ ifNoneMatch: 'W/"a"' }, 304],
    [{ ifNoneMatch: '"b", "a"' }, 304],
    [{ ifNoneMatch: '"b","a" , "c"' }, 304],
    [{ ifNoneMatch: '*' }, 304],
    [{ ifNoneMatch: ' * ' }, 304],
    [{ ifNoneMatch: '"b"' }, undefined],
    [{ ifNoneMatch: 'a' }, undefined],
    [{ ifNoneMatch: '' }, undefined],
    [{ ifNoneMatch: '"a' }, undefined],
    [{ ifNoneMatch: '"xa"' }, undefined],
    [{ ifNoneMatch: '"*"' }, undefined],
    [{ ifMatch: '"a"' }, undefined],
    [{ ifMatch: '"b" , "a"' }, undefined],
    [{ ifMatch: '*' }, undefined],
    [{ ifMatch: 'W/"a"' }, 412],
    [{ ifMatch: '"b"' }, 412],
    [{ ifMatch: '' }, 412],
    [{ ifMatch: '"a"', ifNoneMatch: '"a"' }, 304],
    [{ ifMatch: '"b"', ifNoneMatch: '"a"' }, 412],
  ] as const)('%j: %j', (conditions, expected) => {
    expect(conditionFailed(conditions, '"a"')).toBe(expected);
  });
});

const asked = (range: string | undefined, ifRange?: string, size = 10) =>
  rangeOf({ range, ifRange }, '"a"', size);

describe('Range, of ten bytes', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=0-9', { start: 0, end: 10 }],
    ['bytes=2-5', { start: 2, end: 6 }],
    ['bytes=9-9', { start: 9, end: 10 }],
    ['bytes=5-', { start: 5, end: 10 }],
    ['bytes=5-99', { start: 5, end: 10 }],
    ['bytes=-1', { start: 9, end: 10 }],
    ['bytes=-10', { start: 0, end: 10 }],
    ['bytes=-99', { start: 0, end: 10 }],
    ['BYTES=2-5', { start: 2, end: 6 }],
    [' bytes= 2-5 ', { start: 2, end: 6 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=10-20', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    [`bytes=${'9'.repeat(400)}-`, 'unsatisfiable'],
    [undefined, 'whole'],
    ['bytes=', 'whole'],
    ['bytes=-', 'whole'],
    ['bytes=5-2', 'whole'],
    ['bytes=a-b', 'whole'],
    ['bytes=0-1,3-4', 'whole'],
    ['bytes = 2 - 5', 'whole'],
    ['bytes=1 2-5', 'whole'],
    ['lines=0-1', 'whole'],
    ['0-1', 'whole'],
  ])('%j is %j', (range, expected) => {
    expect(asked(range)).toEqual(expected);
  });

  it('of nothing is never there', () => {
    expect(asked('bytes=0-', undefined, 0)).toBe('unsatisfiable');
    expect(asked('bytes=-1', undefined, 0)).toBe('unsatisfiable');
  });

  it('is only of the entity that If-Range names, exactly', () => {
    expect(asked('bytes=0-0', '"a"')).toEqual({ start: 0, end: 1 });
    expect(asked('bytes=0-0', ' "a" ')).toEqual({ start: 0, end: 1 });
    expect(asked('bytes=0-0', '"b"')).toBe('whole');
    expect(asked('bytes=0-0', 'W/"a"')).toBe('whole');
    expect(asked('bytes=0-0', 'Mon, 02 Mar 2026 09:00:00 GMT')).toBe('whole');
  });
});
