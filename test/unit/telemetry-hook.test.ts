import * as fc from 'fast-check';
import { parse, serialize } from 'parse5';
import { describe, expect, test } from 'vitest';
import { HOOK_VERSION, hookPosition, withHook } from '../../shared/releases/telemetry-hook.ts';

const HOOK = '<script src="/_cottage/telemetry.js" defer></script>';

/** The page with the hook in it; undefined where none is added. */
function injectHook(page: Buffer): Buffer | undefined {
  const position = hookPosition(page);
  return position === undefined ? undefined : withHook(page, position);
}

/** The page after injection, with the hook shown as `▶`. */
const hooked = (html: string | Buffer): string | undefined =>
  injectHook(Buffer.from(html))?.toString('latin1').replace(HOOK, '▶');

const latin1 = (text: string) => Buffer.from(text, 'latin1');

describe('the hook is added at the end of the head', () => {
  test.each<[string, string | Buffer, string]>([
    [
      'behind everything in it',
      '<!doctype html><html><head><meta charset="utf-8"><title>x</title></head><body>y',
      '<!doctype html><html><head><meta charset="utf-8"><title>x</title>▶</head><body>y',
    ],
    ['whatever the case of tags', '<HTML><HEAD></HEAD><BODY>', '<HTML><HEAD>▶</HEAD><BODY>'],
    [
      'with attributes that hold brackets',
      '<html><head data-x="</head>"><body>',
      '<html><head data-x="</head>">▶<body>',
    ],
    ['that has no end tag', '<html><head><title>x</title><body>y', '<html><head><title>x</title>▶<body>y'],
    ['that is empty and has no end tag', '<head><body>y', '<head>▶<body>y'],
    [
      'that has no tags',
      '<!doctype html>\r\n<title>x</title>\r\n<p>y',
      '<!doctype html>\r\n<title>x</title>\r\n▶<p>y',
    ],
    ['that is only implied by the outer tag', '<html lang="en">x', '<html lang="en">▶x'],
    ['that is only implied by a doctype', '<!DOCTYPE html><p>x', '<!DOCTYPE html>▶<p>x'],
    ['that is only implied by a body', '<body>x</body>', '▶<body>x</body>'],
    ['of a page of frames', '<html><frameset></frameset></html>', '<html>▶<frameset></frameset></html>'],
    ['of a page of frames alone', '<frameset></frameset>', '▶<frameset></frameset>'],
    [
      'behind comments that look like one',
      '<!--<head></head>--><html><head><!--</head>--></head>',
      '<!--<head></head>--><html><head><!--</head>-->▶</head>',
    ],
    [
      'behind scripts that look like one',
      '<html><head><script>"</head>"</script></head>',
      '<html><head><script>"</head>"</script>▶</head>',
    ],
    [
      'behind templates that look like one',
      '<head><template></head></template></head>',
      '<head><template></head></template>▶</head>',
    ],
    [
      'behind a noscript',
      '<head><noscript><link></noscript></head>',
      '<head><noscript><link></noscript>▶</head>',
    ],
    [
      'before a title that is never closed',
      '<!doctype html><head><title>x',
      '<!doctype html><head>▶<title>x',
    ],
    ['before a script that is never closed', '<!doctype html><script>x', '<!doctype html>▶<script>x'],
    [
      'behind a byte order mark',
      Buffer.from('\ufeff<!doctype html><head></head>'),
      '\u00ef\u00bb\u00bf<!doctype html><head>▶</head>',
    ],
    [
      'behind text in Latin 1',
      latin1('<head><title>m\u00fcsli</title></head>'),
      '<head><title>m\u00fcsli</title>▶</head>',
    ],
    [
      'beside one in a template, which does not run',
      `<head><template>${HOOK}</template></head>`,
      `<head><template>▶</template>${HOOK}</head>`,
    ],
    [
      'beside one in a comment, which does not run',
      `<head><!--${HOOK}--></head>`,
      `<head><!--▶-->${HOOK}</head>`,
    ],
    ['beside one in a drawing, which does not run', `<html><svg>${HOOK}</svg>`, `<html>▶<svg>${HOOK}</svg>`],
    [
      'beside a script of nearly that name',
      '<head><script src="/_cottage/telemetry.js.txt"></script></head>',
      '<head><script src="/_cottage/telemetry.js.txt"></script>▶</head>',
    ],
  ])('%s', (_, html, expected) => {
    expect(hooked(html)).toBe(expected);
  });
});

describe('nothing is added', () => {
  test.each<[string, string | Buffer]>([
    ['to a fragment', '<p>Hello</p>'],
    ['to a fragment that begins as a head would', '<title>x</title><script>1</script>'],
    ['to a page that leaves a template open', '<head><template><noscript></noscript></head>'],
    ['to an empty file', ''],
    ['to text', 'Hello & goodbye'],
    ['to a page that has it', `<html><head>${HOOK}</head>`],
    [
      'to a page that has it in its body',
      '<html><body><script async src=" /_cottage/telemetry.js "></script>',
    ],
    ['to UTF-16 with a mark', Buffer.from('\ufeff<!doctype html><head></head>', 'utf16le')],
    ['to UTF-16 without one', Buffer.from('<!doctype html><head></head>', 'utf16le')],
    ['to an encoding that shifts by escapes', Buffer.from('<!doctype html><head></head>\u001b$B<>\u001b(B')],
  ])('%s', (_, html) => {
    expect(injectHook(Buffer.from(html))).toBeUndefined();
  });
});

test('all other bytes stay, and the hook runs exactly once, whatever the page is made of', () => {
  const piece = fc.constantFrom(
    '<!doctype html>',
    '<html>',
    '</html>',
    '<head>',
    '</head>',
    '<body>',
    '</body>',
    '<title>',
    '</title>',
    '<meta charset=x>',
    '<script>',
    '</script>',
    '<style>',
    '</style>',
    '<template>',
    '</template>',
    '<noscript>',
    '</noscript>',
    '<!--',
    '-->',
    '<textarea>',
    '<svg>',
    '</svg>',
    '<select>',
    '<frameset>',
    '<plaintext>',
    'x',
    '\r\n',
    ' ',
    '\u00e9',
    '\u00ff',
    '<table>',
    '<p',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const page = latin1(pieces.join(''));
      const result = injectHook(page)?.toString('latin1');
      if (result === undefined) return;
      const at = result.indexOf(HOOK);
      expect(result.slice(0, at) + result.slice(at + HOOK.length)).toBe(page.toString('latin1'));
      const scripts = serialize(parse(result)).split('<script src="/_cottage/telemetry.js" defer="">');
      expect(scripts).toHaveLength(2);
      expect(injectHook(Buffer.from(result, 'latin1'))).toBeUndefined();
    }),
    { numRuns: 2000 },
  );
});

test('the version is part of what a release is made of', () => {
  expect(HOOK_VERSION).toBe('1');
});
