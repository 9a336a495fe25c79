import { describe, expect, it } from 'vitest';
import { parseJson } from '../../functions/api/json.ts';
import { RequestRefused } from '../../shared/errors/errors.ts';

/** The code a text is refused with; undefined when it is taken. */
function refusal(text: string): string | undefined {
  try {
    parseJson(text);
    return undefined;
  } catch (error) {
    if (error instanceof RequestRefused) return error.code;
    throw error;
  }
}

const nested = (levels: number, open: string, close: string) => open.repeat(levels) + close.repeat(levels);

describe('JSON from outside', () => {
  it.each(['{"a":[1,"x",true,null,{"b":-0.5e3}]}', '"text"', '12', ' null ', '[]'])(
    'is parsed: %s',
    (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    },
  );

  it.each(['', '{', '[1,]', "{'a':1}", '{"a":1}x', 'NaN', '{"a":undefined}', '"open', '\ufeff{}', '}{'])(
    'that is none is refused: %j',
    (text) => {
      expect(refusal(text)).toBe('body/not-json');
    },
  );

  it('loses every __proto__, at any depth, and nothing else', () => {
    const parsed = parseJson(
      '{"__proto__":{"admin":true},"a":{"__proto__":1,"b":[{"__proto__":2}]},"constructor":3}',
    );
    expect(JSON.stringify(parsed)).toBe('{"a":{"b":[{}]},"constructor":3}');
    expect(parsed).not.toHaveProperty('admin');
  });
});

describe('depth', () => {
  it.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
    ['both', '[{"a":', '}]'],
  ])('of %s is at most twenty levels', (_, open, close) => {
    const levels = (open.match(/[[{]/g) ?? []).length;
    const inner = open.endsWith(':') ? '1' : '';
    const text = (times: number) => open.repeat(times) + inner + close.repeat(times);
    expect(refusal(text(20 / levels))).toBeUndefined();
    expect(refusal(text(20 / levels + 1))).toBe('body/too-deep');
  });

  it('is refused before it is parsed, however deep', () => {
    expect(refusal('['.repeat(2_000_000))).toBe('body/too-deep');
  });

  it('counts what is open, not what there is', () => {
    expect(refusal(`[${Array.from({ length: 100 }, () => nested(19, '[', ']')).join()}]`)).toBeUndefined();
  });

  it.each([
    ['brackets in a string', JSON.stringify('[{'.repeat(50))],
    ['brackets in a name', JSON.stringify({ ['{['.repeat(50)]: 1 })],
    ['brackets after an escaped quote', JSON.stringify(`"${'['.repeat(50)}`)],
    ['brackets after escaped backslashes and a quote', JSON.stringify(`\\\\"${'['.repeat(50)}`)],
  ])('does not count %s', (_, text) => {
    expect(refusal(text)).toBeUndefined();
  });

  it('counts what comes after a string that ends in a backslash', () => {
    expect(refusal(`["\\\\",${nested(20, '[', ']')}]`)).toBe('body/too-deep');
    expect(refusal(`["\\\\",${nested(19, '[', ']')}]`)).toBeUndefined();
  });
});
