import { expect, test } from 'vitest';
import { addHostsOfCss, addHostsOfHtml } from '../../shared/scan/external-hosts.ts';

function hostsIn(add: (hosts: Set<string>, text: string) => void, text: string): string[] {
  const hosts = new Set<string>();
  add(hosts, text);
  return [...hosts];
}
const ofHtml = (html: string): string[] => hostsIn(addHostsOfHtml, html);
const ofCss = (css: string): string[] => hostsIn(addHostsOfCss, css);

test.each([
  ['a script', '<script src="https://a.example/x.js"></script>'],
  ['an address without a scheme', '<script src=//a.example/x.js></script>'],
  ['an address with back slashes', '<img src="\\\\a.example\\x.png">'],
  ['an address with a port and a password', '<img src="http://u:p@a.example:8080/x.png">'],
  ['an address in capitals with spaces around it', '<IMG SRC=" HTTPS://A.EXAMPLE/x.png ">'],
  ['an address with a line break in it', '<img src="ht\ntps://a.exam\nple/x.png">'],
  ['an address written with entities', '<img src="https&#58;//a.example/x.png">'],
  ['a socket', '<live-view src="wss://a.example/socket"></live-view>'],
  ['a style sheet', '<link rel="stylesheet" href="https://a.example/x.css">'],
  ['a link of several kinds', '<link rel="Shortcut\nICON" href="https://a.example/x.ico">'],
  ['a connection made early', '<link href="https://a.example" rel=preconnect>'],
  ['a preloaded set of pictures', '<link rel=preload imagesrcset="https://a.example/x.png 2x">'],
  ['a set of pictures', '<img srcset="x.png 1x, https://a.example/w_1,h_2/x.png 2x">'],
  ['a set of pictures without spaces', '<source srcset="x.png,//a.example/x.png">'],
  ['a frame', '<iframe src="https://a.example/"></iframe>'],
  ['a poster', '<video poster="https://a.example/x.png"></video>'],
  ['an old background', '<body background="https://a.example/x.png">'],
  ['an object', '<object data="https://a.example/x.pdf"></object>'],
  ['a form', '<form action="https://a.example/send"></form>'],
  ['a button that sends a form elsewhere', '<button formaction="https://a.example/send"></button>'],
  ['a base', '<base href="https://a.example/">'],
  ['a picture in SVG', '<svg><image xlink:href="https://a.example/x.png"/></svg>'],
  ['a shape in SVG', '<svg><use href="https://a.example/x.svg#a"/></svg>'],
  ['a filter in SVG', '<svg><feImage href="https://a.example/x.png"/></svg>'],
  ['a script in SVG', '<svg><script href="https://a.example/x.js"/></svg>'],
  [
    'a script in the title of an SVG',
    '<svg><title><script src="https://a.example/x.js"></script></title></svg>',
  ],
  ['an SVG after one that was never opened', '</svg><svg><title><image href="//a.example"/></title></svg>'],
  ['a socket in the clear', '<live-view src="ws://a.example/socket"></live-view>'],
  ['a style element', '<style>\n.a { background: url(https://a.example/x.png) }\n</style>'],
  ['a style element that imports', '<style>/* a\n */ @import "https://a.example/x.css";</style>'],
  ['a style element that is never closed', '<style>@import "https://a.example/x.css";'],
  ['a style element in SVG', '<svg><style>.a { fill: url(https://a.example/x.svg#a) }</style></svg>'],
  ['a style attribute', '<p style="background: url(&quot;https://a.example/x.png&quot;)">'],
  ['a page for browsers without scripts', '<noscript><img src="https://a.example/x.png"></noscript>'],
  ['a template', '<template><img src="https://a.example/x.png"></template>'],
  ['what follows a script', '<script>"<b>"</script><img src="https://a.example/x.png">'],
  ['what follows an SVG', '<svg/><title></title><svg></svg></svg><img src="https://a.example/x.png">'],
  ['a tag that is never closed', '<p><img src="https://a.example/x.png"><p'],
])('%s loads from its host', (_, html) => {
  expect(ofHtml(html)).toEqual(['a.example']);
});

test.each([
  ['a link to click on', '<a href="https://a.example/">'],
  ['an area to click on', '<area href="https://a.example/">'],
  ['the address of the page itself', '<link rel="canonical" href="https://a.example/">'],
  ['another form of the page', '<link rel="alternate" href="https://a.example/feed.xml">'],
  ['a link of no kind', '<link href="https://a.example/">'],
  ['a file of the app', '<script src="x.js"></script><img src="/y.png"><img src="?z">'],
  ['an attribute of another element', '<p data="https://a.example" action="https://b.example">'],
  ['a picture with its bytes', '<img src="data:image/svg+xml,<svg xmlns=\'https://a.example\'>">'],
  ['an address nobody can read', '<img src="https://[a.example/x.png">'],
  ['an address of a mailbox', '<form action="mailto:ana@a.example">'],
  [
    'the namespace of an SVG',
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">',
  ],
  ['a comment', '<!-- <img src="https://a.example/x.png"> -->'],
  ['text', 'https://a.example url(https://b.example)'],
  ['a comment in a style element', '<style>/* url(https://a.example/x.png) */</style>'],
  ['text after a style element', '<style></style>url(https://a.example)'],
  ['text after a style in SVG', '<svg><style>.a {}</style>url(https://a.example)</svg>'],
  ['words in a script', '<script>a = \'<img src="https://a.example/x.png">\'</script>'],
  ['words in a script after an SVG', '<svg></svg><script>a = \'<img src="https://a.example">\'</script>'],
  [
    'words in a script after an SVG closed at once',
    '<svg/><script>a = \'<img src="https://a.example">\'</script>',
  ],
])('%s loads from nowhere else', (_, html) => {
  expect(ofHtml(html)).toEqual([]);
});

test.each(['title', 'textarea', 'iframe', 'xmp', 'noembed', 'noframes', 'plaintext', 'style', 'script'])(
  'the content of %s is text and loads nothing',
  (element) => {
    expect(ofHtml(`<${element}><img src="https://a.example/x.png"></${element}>`)).toEqual([]);
  },
);

test.each([
  ['a page', (css: string) => `<style>${css}</style>`],
  ['an SVG', (css: string) => `<svg><style>${css}</style></svg>`],
])('a style element of %s is read to the letter, spaces and NULs included', (_, write) => {
  const css = '@import "https://a.example .b"; @import "https://b.exam\0ple";';

  expect(ofHtml(write(css))).toEqual(['a.example']);
});

test.each([
  'stylesheet',
  'icon',
  'apple-touch-icon',
  'apple-touch-icon-precomposed',
  'mask-icon',
  'manifest',
  'preload',
  'modulepreload',
  'prefetch',
  'prerender',
  'preconnect',
  'dns-prefetch',
])('a link of the kind %s loads from its host', (rel) => {
  expect(ofHtml(`<link rel="${rel}" href="https://a.example/x">`)).toEqual(['a.example']);
});

test('every host counts once, by its name only', () => {
  const html = ['https://b.example:444/1', '//a.example/2', 'HTTP://B.example/3', 'https://bücher.example/4']
    .map((src) => `<img src="${src}">`)
    .join('');

  expect(ofHtml(html)).toEqual(['b.example', 'a.example', 'xn--bcher-kva.example']);
});

test.each([
  ['a picture', '.a { background: url(https://a.example/x.png) }'],
  ['a picture in quotes', ".a { background: url( 'https://a.example/x y.png' ) }"],
  ['a picture without a scheme', '.a { background: URL("//a.example/x.png") }'],
  ['a font', '@font-face { src: url(x.woff2), url(https://a.example/x.woff2) }'],
  ['an import', '@import "https://a.example/x.css";'],
  ['an import of an address', "@import url('https://a.example/x.css') print;"],
  ['an import without a space', "@import'https://a.example/x.css'"],
  ['what follows a comment', '/* a *//* b */ .a { background: url(https://a.example/x.png) }'],
  ['what follows a namespace', '@namespace url(http://www.w3.org/2000/svg); .a { fill: url(//a.example) }'],
])('in a style sheet, %s loads from its host', (_, css) => {
  expect(ofCss(css)).toEqual(['a.example']);
});

test.each([
  ['a file of the app', '.a { background: url(x.png) } @import "y.css"; .b { fill: url(#c) }'],
  ['a comment', '/* url(https://a.example/x.png) */ .a {}'],
  ['a comment of several lines', '/*\n * @import "https://a.example/x.css";\n */'],
  ['a comment that is never closed', '.a {} /* url(https://a.example/x.png)'],
  ['a namespace', '@namespace svg url("http://www.w3.org/2000/svg");'],
  ['words', '.a { content: "see https://a.example" }'],
  [
    'a picture with its bytes',
    '.a { background: url("data:image/svg+xml,<svg xmlns=\'http://www.w3.org/2000/svg\'>") }',
  ],
])('in a style sheet, %s loads from nowhere else', (_, css) => {
  expect(ofCss(css)).toEqual([]);
});
