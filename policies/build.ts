/**
 * Compiles the policies into `policies/bundle/`, which is committed, so that running Cottage needs no `opa`.
 *
 * `node policies/build.ts` writes the bundle; the same sources and the same OPA give the same bytes.
 * `node policies/build.ts --check` writes nothing and fails when the bundle is not what the sources compile to.
 *
 * `opa` must be on the PATH; `go install github.com/open-policy-agent/opa@latest` brings it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type BundleDigest, digestBundle } from '../shared/policies/bundle.ts';
import { digestSources, policySources } from './sources.ts';

const folder = import.meta.dirname;
const bundle = join(folder, 'bundle');

const opa = (args: string[]): string => execFileSync('opa', args, { cwd: folder, encoding: 'utf8' });

/** Files of a tar archive by name: 512-byte headers (name at 0, octal size at 124), contents padded to 512. */
function untar(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (let at = 0; archive[at]; ) {
    const name = archive.toString('latin1', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 136), 8);
    files.set(name, archive.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

function compile(): Map<string, Buffer> {
  const scratch = mkdtempSync(join(tmpdir(), 'cottage-policies-'));
  try {
    const archive = join(scratch, 'bundle.tar.gz');
    opa(['build', '-t', 'wasm', '-e', 'cottage/main/verdict', '-o', archive, ...policySources(folder)]);
    const files = untar(gunzipSync(readFileSync(archive)));
    const wasm = files.get('/policy.wasm');
    const data = files.get('/data.json');
    if (!wasm || !data)
      throw new Error(`opa built ${[...files.keys()].join(', ')}, not a policy with its data`);
    const digest: BundleDigest = {
      sources: digestSources(folder),
      bundle: digestBundle(wasm, JSON.parse(data.toString())),
      opa: /^Version: (\S+)/m.exec(opa(['version']))?.[1] ?? 'unknown',
    };
    return new Map([
      ['policy.wasm', wasm],
      ['data.json', data],
      ['digest.json', Buffer.from(`${JSON.stringify(digest, null, 2)}\n`)],
    ]);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const compiled = compile();
if (process.argv.includes('--check')) {
  const stale = [...compiled].filter(([name, content]) => {
    const path = join(bundle, name);
    return !existsSync(path) || !readFileSync(path).equals(content);
  });
  if (stale.length > 0) {
    console.error(`${stale.map(([name]) => name).join(', ')}: not what the sources compile to.`);
    console.error('Run npm run policies:build with the version of opa that digest.json names.');
    process.exitCode = 1;
  }
} else {
  mkdirSync(bundle, { recursive: true });
  for (const [name, content] of compiled) writeFileSync(join(bundle, name), content);
  console.log(
    `policies/bundle: ${[...compiled].map(([name, { length }]) => `${name} ${length} B`).join(', ')}`,
  );
}
