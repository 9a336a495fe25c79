import { hash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import yazl from 'yazl';

/** A small site: 20 files, about 150 kB, of which most are text. Their content differs from site to site. */
const FILES: readonly [path: string, sizeBytes: number][] = [
  ['index.html', 6_000],
  ['about.html', 4_000],
  ['help.html', 9_000],
  ['menu.html', 3_000],
  ['css/reset.css', 2_000],
  ['css/site.css', 14_000],
  ['js/app.js', 30_000],
  ['js/menu.js', 7_000],
  ['js/chart.js', 18_000],
  ['data/days.json', 5_000],
  ['data/dishes.json', 11_000],
  ['img/logo.svg', 2_000],
  ['img/icon.png', 3_000],
  ['img/soup.png', 12_000],
  ['img/salad.png', 8_000],
  ['img/cake.png', 10_000],
  ['img/room.png', 6_000],
  ['favicon.ico', 1_200],
  ['site.webmanifest', 400],
  ['robots.txt', 60],
];

export const SMALL_SITE_PATHS = FILES.map(([path]) => (path === 'index.html' ? '/' : `/${path}`));

/** The zip of the site of this number, the same bytes at every run. */
export async function smallSiteZip(number: number): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  const mtime = new Date('2026-01-01T00:00:00Z');
  for (const [path, sizeBytes] of FILES) {
    const content = /\.(png|ico)$/.test(path)
      ? noise(`${number} ${path}`, sizeBytes)
      : text(number, path, sizeBytes);
    zip.addBuffer(content, path, { mtime });
  }
  zip.end();
  return buffer(zip.outputStream);
}

function noise(seed: string, sizeBytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(sizeBytes / 32) }, (_, i) =>
    hash('sha256', `${seed} ${i}`, 'buffer'),
  );
  return Buffer.concat(blocks).subarray(0, sizeBytes);
}

const WORDS = 'soup salad bread cheese apple plum cake rice bean corn leek dill mint kale'.split(' ');

function text(number: number, path: string, sizeBytes: number): Buffer {
  let body = '';
  for (let i = 0; body.length < sizeBytes; i += 1) {
    body += `${WORDS[(i * 7 + number) % WORDS.length]} ${i * number} ${WORDS[(i * i) % WORDS.length]}\n`;
  }
  if (path.endsWith('.html')) return Buffer.from(`<!doctype html><title>${path}</title><pre>${body}</pre>\n`);
  if (path.endsWith('.json')) return Buffer.from(JSON.stringify({ body }));
  return Buffer.from(body);
}
