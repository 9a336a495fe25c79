import { hash } from 'node:crypto';
import type { ZipInput } from '../cli/zip-folder.ts';

/**
 * A first page, and files of half a kilobyte to eight, four on average, as documentation made by a tool has them; one in
 * five is a picture.
 */
export function manyFiles(count: number): ZipInput[] {
  return Array.from({ length: count }, (_, number) => {
    const sizeBytes = 500 + ((number * 7919) % 7_000);
    const isPicture = number % 5 === 4;
    const path = `part-${number % 50}/file-${number}.${isPicture ? 'png' : 'html'}`;
    return {
      path: number === 0 ? 'index.html' : path,
      read: async () => (isPicture ? noise(number, sizeBytes) : page(number, sizeBytes)),
    };
  });
}

function noise(number: number, sizeBytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(sizeBytes / 32) }, (_, i) =>
    hash('sha256', `${number} ${i}`, 'buffer'),
  );
  return Buffer.concat(blocks).subarray(0, sizeBytes);
}

const WORDS = 'soup salad bread cheese apple plum cake rice bean corn'.split(' ');

function page(number: number, sizeBytes: number): Buffer {
  let text = '<!doctype html>\n';
  for (let i = 0; text.length < sizeBytes; i += 1) {
    const [one, two] = [WORDS[(number + i) % 10], WORDS[(i * 13 + number) % 10]];
    text += `<p class="${one}">${one} ${number * i} ${two}</p>\n`;
  }
  return Buffer.from(text);
}
