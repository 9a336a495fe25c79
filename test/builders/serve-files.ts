import { extname } from 'node:path';
import { serve } from './serve.ts';

const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Shows these files as any web server does, with nothing added, until the test ends. Answers its address. */
export async function serveFiles(files: Record<string, Buffer>): Promise<string> {
  const { base } = await serve(({ path }) => {
    const name = decodeURIComponent(path.slice(1).replace(/\?.*$/, '')) || 'index.html';
    const content = files[name];
    if (!content) return new Response('not found', { status: 404 });
    const type = TYPES[extname(name)] ?? 'application/octet-stream';
    return new Response(new Uint8Array(content), { headers: { 'content-type': type } });
  });
  return base;
}
