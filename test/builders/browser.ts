import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflate } from '@sparticuz/chromium';
import { type Browser, launch } from 'puppeteer-core';
import { onTestFinished } from 'vitest';

export interface BrowserOptions {
  /** Where names lead, for names no resolver knows: `MAP *.apps.localhost 127.0.0.1`. */
  hostRules?: string;
  /** For a certificate authority this browser was not told of. */
  ignoreCertificateErrors?: boolean;
}

/** A real browser, closed when the test ends. */
export async function launchBrowser(options: BrowserOptions = {}): Promise<Browser> {
  const browser = await startBrowser(options);
  onTestFinished(() => browser.close());
  return browser;
}

/** A real browser for several tests; whoever starts it closes it. */
export async function startBrowser(options: BrowserOptions = {}): Promise<Browser> {
  const { executable, libraries, fontsFile } = await unpackedChromium();
  return launch({
    executablePath: executable,
    headless: 'shell',
    acceptInsecureCerts: options.ignoreCertificateErrors ?? false,
    args: [
      ...ARGS,
      ...(options.hostRules === undefined ? [] : [`--host-resolver-rules=${options.hostRules}`]),
    ],
    env: { ...process.env, LD_LIBRARY_PATH: libraries, FONTCONFIG_FILE: fontsFile },
  });
}

const ARGS = [
  // In containers there is nothing to make a sandbox of; only pages of our own making are opened.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  // No test talks to anybody outside.
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

const PACKED = fileURLToPath(new URL('../bin/', import.meta.resolve('@sparticuz/chromium')));
/** Below node_modules, so that the next `npm ci` takes it away together with the version it was made of. */
const CACHE = join(import.meta.dirname, '../../node_modules/.cache');
const UNPACKED = join(CACHE, 'chromium');

/**
 * Unpacks the browser with the libraries and the fonts it brings, once. Test files run side by side in processes of
 * their own: each unpacks into a folder of its own, and the first to be done gives its folder the name all look for.
 */
async function unpackedChromium() {
  if (!existsSync(UNPACKED)) {
    await mkdir(CACHE, { recursive: true });
    const mine = await mkdtemp(join(CACHE, 'chromium-'));
    await unpackInto(mine);
    await rename(mine, UNPACKED).catch(async (error: NodeJS.ErrnoException) => {
      await rm(mine, { recursive: true });
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  }
  return {
    executable: join(UNPACKED, 'chromium'),
    libraries: join(UNPACKED, 'al2023/lib'),
    fontsFile: join(UNPACKED, 'fonts.conf'),
  };
}

async function unpackInto(folder: string): Promise<void> {
  const before = process.env.TMPDIR;
  // The package knows only the folder for temporary files, and asks where that is as it begins.
  process.env.TMPDIR = folder;
  const parts = ['chromium.br', 'al2023.tar.br', 'fonts.tar.br'].map((part) => inflate(join(PACKED, part)));
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  await Promise.all(parts);
  await writeFile(join(folder, 'fonts.conf'), FONTS_CONF);
}

/** The folder is named from where this file stands, so that it may be moved. */
const FONTS_CONF = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir>${join(tmpdir(), 'cottage-fonts-cache')}</cachedir>
</fontconfig>
`;
