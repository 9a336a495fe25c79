import { describe, expect, it } from 'vitest';
import { checkMetadata } from '../../shared/blobs/blob-metadata.ts';
import { checkReleases } from '../../shared/doctor/check-releases.ts';
import type { World } from '../../shared/doctor/world.ts';
import { cloudFrontObjects } from '../../shared/hosting/cloudfront-objects.ts';
import { besidesOf, filesAlone } from '../../shared/hosting/release-objects.ts';
import { loadManifest } from '../../shared/releases/work.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { TELEMETRY_SCRIPT } from '../../shared/telemetry/script.ts';
import { openRuntime } from '../builders/aws-runtime.ts';
import { deployed } from '../builders/deployed.ts';
import { openFakeS3 } from '../contract/s3-on-fake.ts';

const FILES = {
  'index.html': '<title>Lunch</title>',
  'about/index.html': '<title>About</title>',
  'docs/a ü/index.html': '<title>Docs</title>',
  'assets/index-BqL3kZ9x.js': 'let soup;',
  'large.txt': 'x'.repeat(300_000),
};

async function openDeployed() {
  const s3 = await openFakeS3();
  const { deps } = await openRuntime({ blobs: s3.store });
  const { app, release } = await deployed(deps, 'lunch', FILES);
  const prefix = `apps/${app}/${release}/`;
  return { deps, app, release, prefix, s3 };
}

/** What is at the release's prefix, by path. */
async function objectsBelow(prefix: string, { blobs }: Deps) {
  const { blobs: found } = await blobs.list(prefix);
  const objects = await Promise.all(
    found.map(async ({ key, sizeBytes }) => {
      const { metadata } = await blobs.get(key);
      return [key.slice(prefix.length), { sizeBytes, ...metadata }] as const;
    }),
  );
  return Object.fromEntries(objects);
}

const HTML = { contentType: 'text/html; charset=utf-8', cacheControl: 'no-cache' };

describe('a folder’s marker', () => {
  it('has room for the longest name that the configuration allows', () => {
    const path = `${'ü/'.repeat(30)}${'ü'.repeat(289)}/index.html`;
    expect(Buffer.byteLength(path)).toBe(679);
    const [, marker] = cloudFrontObjects([path]);
    expect(marker?.metadata.named?.['redirect']).toHaveLength(31 + 319 * 6 + 1);
    checkMetadata(marker?.metadata ?? {});
  });

  it('never stands where a file is', () => {
    const besides = besidesOf(cloudFrontObjects(['about', 'about/index.html']));
    expect(besides.map(({ path }) => path)).toEqual(['_cottage/telemetry.js']);
  });
});

describe('a release deployed for CloudFront', () => {
  it('has each file with its type and caching, and where a folder’s name leads', async () => {
    const { deps, prefix } = await openDeployed();
    expect(await objectsBelow(prefix, deps)).toEqual({
      'index.html': { sizeBytes: 20, ...HTML },
      'about/index.html': { sizeBytes: 20, ...HTML },
      about: { sizeBytes: 0, ...HTML, named: { redirect: '/about/' } },
      '_cottage/telemetry.js': {
        sizeBytes: Buffer.byteLength(TELEMETRY_SCRIPT),
        contentType: 'text/javascript; charset=utf-8',
        cacheControl: 'public, max-age=300',
      },
      'docs/a ü/index.html': { sizeBytes: 19, ...HTML },
      'docs/a ü': { sizeBytes: 0, ...HTML, named: { redirect: '/docs/a%20%C3%BC/' } },
      'assets/index-BqL3kZ9x.js': {
        sizeBytes: 9,
        contentType: 'text/javascript; charset=utf-8',
        cacheControl: 'public, max-age=31536000, immutable',
      },
      'large.txt': {
        sizeBytes: 300_000,
        contentType: 'text/plain; charset=utf-8',
        cacheControl: 'no-cache',
      },
    });
  });

  it('counts and lists its files alone', async () => {
    const { deps, app, release } = await openDeployed();
    const manifest = await loadManifest(deps.blobs, app, release);
    expect(manifest?.files.map(({ path }) => path).toSorted()).toEqual(Object.keys(FILES).toSorted());
    expect((await deps.releases.find(app, release))?.value).toMatchObject({ state: 'stored', fileCount: 5 });
  });

  it('is removed with all that stands beside its files', async () => {
    const { deps, prefix } = await openDeployed();
    await deps.blobs.delete(prefix, { prefix: true });
    expect(await objectsBelow(prefix, deps)).toEqual({});
  });
});

async function look(deps: Deps, app: string, release: string) {
  const read = await deps.releases.ofApp(app as never);
  const known = new Map(read.map(({ value }) => [value.release, value]));
  const world = { apps: new Map(), publishes: new Map(), effects: [], releases: new Map([[app, known]]) };
  const checks = { deep: true, read: new Set<string>(), files: 0 };
  const found = await checkReleases(world as unknown as World, checks, deps);
  return { files: checks.files, found: found.map(({ code, text }) => [code, text]), release };
}

describe('the doctor', () => {
  it('finds a release whole with the edge’s markers, and counts only files', async () => {
    const { deps, app, release } = await openDeployed();
    expect(await look(deps, app, release)).toMatchObject({ files: 5, found: [] });
  });

  it.each<[string, (deps: Deps, prefix: string) => Promise<unknown>, [string, RegExp]]>([
    [
      'a marker that is gone',
      (deps, prefix) => deps.blobs.delete(`${prefix}about`),
      ['release/incomplete', /lacks about, which/],
    ],
    [
      'the script for telemetry gone',
      (deps, prefix) => deps.blobs.delete(`${prefix}_cottage/telemetry.js`),
      ['release/incomplete', /lacks _cottage\/telemetry\.js, which/],
    ],
    [
      'a file that is neither',
      (deps, prefix) => deps.blobs.put(`${prefix}docs`, Buffer.alloc(0)),
      ['release/extra', /a file docs /],
    ],
  ])('sees %s', async (_, change, [code, text]) => {
    const { deps, app, release, prefix } = await openDeployed();
    await change(deps, prefix);
    const { found } = await look(deps, app, release);
    expect(found).toEqual([[code, expect.stringMatching(text)]]);
  });

  it('does not mind the script of an earlier Cottage', async () => {
    const { deps, app, release, prefix } = await openDeployed();
    await deps.blobs.put(`${prefix}_cottage/telemetry.js`, Buffer.from('old'));
    expect(await look(deps, app, release)).toMatchObject({ files: 5, found: [] });
  });

  it('finds markers extra where the edge wants none', async () => {
    const { deps, app, release } = await openDeployed();
    const other = { ...deps, settings: { ...deps.settings, objectsOf: filesAlone } };
    const { found } = await look(other, app, release);
    expect(found.map(([code]) => code)).toEqual(['release/extra', 'release/extra', 'release/extra']);
  });
});
