import { transform } from 'esbuild';
import { array, assert, asyncProperty, constantFrom } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routeOf } from '../../shared/hosting/static-site.ts';
import { EDGE_FUNCTIONS, loadFunction, requestFor, sourceOf } from '../builders/edge-functions.ts';
import { PLACE, parametersOf, RELEASE, said, toldBy } from './functions-edge.ts';

it('chooses the file that is first on one machine, whatever is asked for', async () => {
  const piece = constantFrom(
    'a',
    'B',
    '.',
    '..',
    '%2e',
    '%2F',
    '%5c',
    '%zz',
    '%00',
    '%C3%BC',
    '/',
    '//',
    '_cottage',
    '.well-known/cottage.json',
    ' ',
    '#',
    '?x',
    "'",
    '(',
  );
  const onRequest = loadFunction('viewer-request', { parameters: parametersOf() });
  const rest = array(piece, { maxLength: 6 }).map((pieces) => `/${pieces.join('')}`);
  await assert(
    asyncProperty(rest, async (target) => {
      const route = routeOf(target, { spa: false });
      const result = await onRequest({ request: requestFor(PLACE.host, target) });
      const ownPage = route.kind === 'malformed' ? 'malformed' : 'noSuchPage';
      const file = route.kind === 'site' && route.candidates[0]?.status === 200 && route.candidates[0].file;
      const shown = result.statusCode === undefined ? decodeURIComponent(result.uri) : toldBy(result);
      const isElsewhere = route.kind === 'well-known';
      const expected = isElsewhere
        ? toldBy(await onRequest({ request: requestFor(PLACE.host, '/.well-known/cottage.json') }))
        : typeof file === 'string'
          ? `/apps/${PLACE.app}/${RELEASE}/${file}`
          : said(ownPage);
      expect(shown).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

describe.each(EDGE_FUNCTIONS)('%s', (name) => {
  it('has at most 10 KB', () => {
    expect(Buffer.byteLength(sourceOf(name))).toBeLessThanOrEqual(10_240);
  });

  it('has only what JavaScript runtime 2.0 knows: ES 5.1 and a closed list beside it', async () => {
    const supported = { 'const-and-let': true, arrow: true, 'template-literal': true, 'async-await': true };
    const { code: newest } = await transform(sourceOf(name), { target: 'esnext', format: 'esm' });
    const { code: known } = await transform(sourceOf(name), { target: 'es5', format: 'esm', supported });
    expect(known).toBe(newest);
    expect(sourceOf(name)).not.toMatch(
      /\beval\b|\bFunction\(|setTimeout|setInterval|\brequire\(|\bprocess\b|\bfetch\b|console/,
    );
    const imported = [...sourceOf(name).matchAll(/^import .* from '(.*)';$/gm)].map(([, module]) => module);
    expect(['cloudfront', 'crypto', 'querystring']).toEqual(expect.arrayContaining(imported));
  });
});
