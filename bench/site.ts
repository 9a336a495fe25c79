import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import yazl from 'yazl';

/** A site like those people publish: 25 files, about 400 kB, the same bytes at every run. */
const FILES: readonly [path: string, sizeBytes: number][] = [
  ['about.html', 9_000],
  ['contact.html', 6_000],
  ['menu/monday.html', 8_000],
  ['menu/friday.html', 8_000],
  ['404.html', 3_000],
  ['css/reset.css', 6_000],
  ['css/site.css', 34_000],
  ['css/print.css', 4_000],
  ['js/app.js', 62_000],
  ['js/menu.js', 18_000],
  ['js/chart.js', 48_000],
  ['js/vendor/store.js', 27_000],
  ['data/menu.json', 12_000],
  ['img/logo.svg', 4_000],
  ['img/icon-192.png', 9_000],
  ['img/icon-512.png', 21_000],
  ['img/soup.png', 30_000],
  ['img/salad.png', 26_000],
  ['img/cake.png', 24_000],
  ['img/team.png', 19_000],
  ['img/room.png', 17_000],
  ['favicon.ico', 4_000],
  ['site.webmanifest', 500],
  ['robots.txt', 100],
];

/** Where the first page says which of a benchmark's sites it is; always as long. */
export const markOf = (number: number): string => `edition-${String(number).padStart(6, '0')}`;

/** The zip of the site whose first page carries `markOf(number)`, and differs from the others in nothing else. */
export async function siteZip(number: number): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  const mtime = new Date('2026-01-01T00:00:00Z');
  zip.addBuffer(Buffer.from(firstPage(number)), 'index.html', { mtime });
  for (const [path, content] of others()) zip.addBuffer(content, path, { mtime });
  zip.end();
  return buffer(zip.outputStream);
}

/** A zip of two files, 12 kB, of which the second differs from that of every other number. */
export async function smallZip(number: number): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  const mtime = new Date('2026-01-01T00:00:00Z');
  zip.addBuffer(Buffer.from(htmlPage('Lunch', 3_000)), 'index.html', { mtime });
  zip.addBuffer(picture(`soup ${number}`, 9_000), 'soup.png', { mtime });
  zip.end();
  return buffer(zip.outputStream);
}

/** Made once: they are the same in every site. */
let made: [string, Buffer][] | undefined;
const others = (): [string, Buffer][] =>
  (made ??= FILES.map(([path, sizeBytes]) => [path, contentOf(path, sizeBytes)]));

const firstPage = (number: number): string =>
  htmlPage('Lunch', 11_000).replace('<body>', `<body data-edition="${markOf(number)}">`);

function contentOf(path: string, sizeBytes: number): Buffer {
  const kind = path.slice(path.lastIndexOf('.') + 1);
  switch (kind) {
    case 'html':
      return Buffer.from(htmlPage(path, sizeBytes));
    case 'css':
      return Buffer.from(
        repeated(
          sizeBytes,
          (i) => `.${word(i)}-${i % 97} { margin: ${i % 40}px; color: #${hex(path, i)}; }\n`,
        ),
      );
    case 'js':
      return Buffer.from(
        repeated(
          sizeBytes,
          (i) =>
            `export function ${word(i)}${i}(${word(i + 1)}) { return ${word(i + 1)}.map((x) => x + ${i}); }\n`,
        ),
      );
    case 'svg':
      return Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg">${repeated(sizeBytes, (i) => `<circle cx="${i}" cy="${i * 2}" r="${i % 9}"/>`)}</svg>`,
      );
    case 'json':
      return Buffer.from(
        JSON.stringify(Array.from({ length: sizeBytes / 50 }, (_, i) => ({ day: i, dish: sentence(i) }))),
      );
    case 'webmanifest':
      return Buffer.from(JSON.stringify({ name: 'Lunch', start_url: '/', display: 'standalone' }));
    case 'txt':
      return Buffer.from('User-agent: *\nAllow: /\n');
    default:
      return picture(path, sizeBytes);
  }
}

function htmlPage(title: string, sizeBytes: number): string {
  const text = repeated(sizeBytes, (i) => `<section><h2>${word(i)}</h2><p>${sentence(i)}</p></section>\n`);
  return (
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${title}</title>` +
    '<link rel="stylesheet" href="/css/site.css"><script src="/js/app.js" type="module"></script></head>' +
    `<body>\n${text}</body></html>\n`
  );
}

/** The mark of a PNG, and then bytes that no zip makes smaller. */
function picture(path: string, sizeBytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(sizeBytes / 32) }, (_, i) => digest(`${path} ${i}`));
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...blocks]).subarray(0, sizeBytes);
}

function repeated(sizeBytes: number, line: (i: number) => string): string {
  let text = '';
  for (let i = 0; text.length < sizeBytes; i += 1) text += line(i);
  return text;
}

const WORDS = 'soup salad bread cheese apple plum cake rice bean corn leek dill mint kale fig pear'.split(
  ' ',
);
const word = (i: number): string => WORDS[digest(`word ${i % 500}`).readUInt8(0) % WORDS.length] ?? '';
const sentence = (i: number): string => Array.from({ length: 14 }, (_, j) => word(i * 14 + j)).join(' ');
const hex = (path: string, i: number): string => digest(`${path} ${i}`).toString('hex').slice(0, 6);
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
