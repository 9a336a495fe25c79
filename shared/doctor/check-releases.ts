import { createHash } from 'node:crypto';
import { isRetiring } from '../apps/app.ts';
import { isOwnRelease } from '../apps/fencing.ts';
import { DAY_MS } from '../clock/clock.ts';
import { besidesOf } from '../hosting/release-objects.ts';
import { AppId, ReleaseId } from '../ids/ids.ts';
import { isEnded } from '../publishes/publish.ts';
import { releaseIdOf } from '../releases/content.ts';
import { releasePrefix } from '../releases/releases.ts';
import { loadManifest, type Manifest } from '../releases/work.ts';
import { ahead } from '../runtime/ahead.ts';
import { breather } from '../runtime/breather.ts';
import type { Deps } from '../runtime/deps.ts';
import { type ReleaseOnDisk, releasesOnDisk } from './blob-walk.ts';
import { orDamaged } from './confirm.ts';
import type { Found } from './problems.ts';
import { type KnownRelease, nameOf, type World } from './world.ts';

/** Bytes that are read again to compare their digests: some seconds' worth. Beyond, only what apps show, up to as much. */
export const DIGEST_BUDGET_BYTES = 2_000_000_000;

export interface ReleaseChecks {
  /** Every byte of every release, however long it takes. */
  deep: boolean;
  /** Releases whose bytes were right in an earlier look; they never change, and are not read again. */
  read: Set<string>;
  files: number;
}

/** Releases looked at at once: each has a list of its files to be fetched, and there may be a hundred thousand. */
const LOOKED_AT_AT_ONCE = 8;

/** Releases that apps need, their records, their files, and their bytes. */
export async function checkReleases(world: World, checks: ReleaseChecks, deps: Deps): Promise<Found[]> {
  const found = [...(await neededReleases(world, deps)), ...(await stuckReleases(world, deps))];
  const digested = releasesToRead(world, checks);
  const breathe = breather();
  const seen = new Set<string>();
  checks.files = 0;
  const lookAt = async ({ appId, release, sizes }: ReleaseOnDisk): Promise<Found[]> => {
    const id = `${appId}/${release}`;
    seen.add(id);
    checks.files += sizes.size;
    const record = world.releases.get(appId)?.get(release);
    if (record?.state === 'stored') {
      const { faults, besides } = await compareFiles(record, sizes, digested.has(id), deps);
      checks.files -= besides;
      if (faults.length === 0 && digested.has(id)) checks.read.add(id);
      return confirmed(record, faults, world, deps);
    }
    if (record || (await isKnown(appId, release, deps))) return [];
    const text = `There are ${sizes.size} files of a release ${release}, which has no record.`;
    return [{ code: 'release/no-record', subject: subjectOf(appId, release, world), text }];
  };
  for await (const faults of ahead(releasesOnDisk(deps.blobs), LOOKED_AT_AT_ONCE, lookAt)) {
    found.push(...faults);
    await breathe();
  }
  for (const record of [...world.releases.values()].flatMap((ofApp) => [...ofApp.values()])) {
    if (record.state !== 'stored' || seen.has(`${record.appId}/${record.release}`)) continue;
    found.push(...(await confirmed(record, [incomplete('has no files')], world, deps)));
  }
  return found;
}

type Fault = Omit<Found, 'subject'>;

const incomplete = (how: string): Fault => ({ code: 'release/incomplete', text: `The release ${how}.` });

function subjectOf(appId: string, release: string, { apps }: World): string {
  const app = apps.get(appId);
  return `${app ? nameOf(app) : appId} ${release}`;
}

const idOf = ({ appId, release }: Pick<KnownRelease, 'appId' | 'release'>): string => `${appId}/${release}`;

/** Which releases' bytes are read: all within the budget, else those that are shown. */
function releasesToRead(world: World, { deep, read }: ReleaseChecks): Set<string> {
  const all = [...world.releases.values()]
    .flatMap((ofApp) => [...ofApp.values()])
    .filter(({ state }) => state === 'stored');
  const shown = new Set([...world.apps.values()].map(({ appId, target }) => `${appId}/${target?.release}`));
  const chosen = new Set<string>();
  let bytes = 0;
  for (const one of all.toSorted((a, b) => Number(shown.has(idOf(b))) - Number(shown.has(idOf(a))))) {
    bytes += one.sizeBytes;
    if (!deep && bytes > DIGEST_BUDGET_BYTES) break;
    if (!read.has(idOf(one))) chosen.add(idOf(one));
  }
  return chosen;
}

/** What apps show, wait with, or can go back to must be stored. */
async function neededReleases(world: World, deps: Deps): Promise<Found[]> {
  const found: Found[] = [];
  for (const app of world.apps.values()) {
    if (isRetiring(app)) continue;
    const needed = new Map<ReleaseId, string>(
      app.releases.map(({ release }) => [release, 'could go back to']),
    );
    if (app.ready) needed.set(app.ready.release, 'waits with');
    if (app.live) needed.set(app.live.release, 'has live');
    if (app.target) needed.set(app.target.release, 'shows');
    for (const [release, what] of needed) {
      const known = world.releases.get(app.appId)?.get(release)?.state === 'stored';
      if (isOwnRelease(release) || known) continue;
      if ((await stateOf(app.appId, release, deps)) === 'stored') continue;
      const text = `The app ${what} the release ${release}, which is not stored.`;
      found.push({ code: 'release/missing', subject: nameOf(app), text });
    }
  }
  return found;
}

/** Releases half built by a publish that has ended, or half removed while nobody removes any. */
async function stuckReleases(world: World, deps: Deps): Promise<Found[]> {
  const found: Found[] = [];
  const collecting = new Set(
    world.effects.flatMap(({ request }) =>
      request.kind === 'collect-releases' ? [request.appId as string] : [],
    ),
  );
  for (const ofApp of world.releases.values()) {
    for (const { appId, release, state, usedBy, createdAt } of ofApp.values()) {
      const user = world.publishes.get(usedBy);
      const inUse = user !== undefined && !isEnded(user.status);
      const building = state === 'building' && !inUse && Date.parse(createdAt) + DAY_MS < deps.clock.now();
      const app = world.apps.get(appId);
      const deleting = state === 'deleting' && !collecting.has(appId) && !(app && isRetiring(app));
      if (!building && !deleting) continue;
      if ((await stateOf(appId, release, deps)) !== state) continue;
      const text = `The release is ${state}, and nobody is at it.`;
      found.push({ code: 'release/stuck', subject: subjectOf(appId, release, world), text });
    }
  }
  return found;
}

/** What was found of a release counts only while it is still the same: it may have been collected meanwhile. */
async function confirmed(record: KnownRelease, faults: Fault[], world: World, deps: Deps): Promise<Found[]> {
  if (faults.length === 0) return [];
  if ((await stateOf(record.appId, record.release, deps)) !== 'stored') return [];
  return faults.map((fault) => ({ ...fault, subject: subjectOf(record.appId, record.release, world) }));
}

async function isKnown(appId: string, release: string, deps: Deps): Promise<boolean> {
  const [app, id] = [AppId.safeParse(appId), ReleaseId.safeParse(release)];
  return app.success && id.success && (await stateOf(app.data, id.data, deps)) !== undefined;
}

/** As it is now, which may be later than the look. */
async function stateOf(
  appId: AppId,
  release: ReleaseId,
  { releases }: Deps,
): Promise<KnownRelease['state'] | 'damaged' | undefined> {
  const read = await orDamaged(releases.find(appId, release));
  return read === 'damaged' ? read : read?.value.state;
}

/** What is wrong with a release's files, and how much of what is there is no file, but stands beside them for the edge. */
async function compareFiles(
  record: KnownRelease,
  sizes: Map<string, number>,
  digests: boolean,
  deps: Deps,
): Promise<{ faults: Fault[]; besides: number }> {
  const manifest = await readManifest(record, deps);
  if (!manifest) return { faults: [incomplete('has no list of files')], besides: 0 };
  if (manifest === 'damaged') return { faults: [altered('Its list of files can not be read.')], besides: 0 };
  const { files } = manifest;
  // A release is named for what is in it.
  if (releaseIdOf(files, record.hookVersion) !== record.release) {
    return { faults: [altered('Its list of files is not the one it was stored with.')], besides: 0 };
  }
  const faults: Fault[] = [];
  const extra = new Set(sizes.keys());
  for (const { path, sizeBytes: expected, sha256: digest } of files) {
    extra.delete(path);
    const size = sizes.get(path);
    if (size === undefined) faults.push(incomplete(`lacks ${path}`));
    else if (size !== expected)
      faults.push(incomplete(`has ${path} in ${size} bytes instead of ${expected}`));
    else if (digests) {
      const actual = await digestOf(releasePrefix(record.appId, record.release) + path, deps);
      if (actual !== digest) faults.push(altered(`${path} does not hold what was published.`));
    }
  }
  // What is in these may be of an earlier Cottage, and is nobody's but ours: that they are there is what counts.
  let besides = 0;
  for (const { path } of besidesOf(deps.settings.objectsOf(files.map((file) => file.path)))) {
    if (extra.delete(path)) besides += 1;
    else faults.push(incomplete(`lacks ${path}, which the edge looks for`));
  }
  for (const path of extra) {
    faults.push({ code: 'release/extra', text: `The release has a file ${path} that was not published.` });
  }
  return { faults, besides };
}

const altered = (text: string): Fault => ({ code: 'release/altered', text });

async function readManifest(
  { appId, release }: KnownRelease,
  { blobs }: Deps,
): Promise<Manifest | 'damaged' | undefined> {
  try {
    return await loadManifest(blobs, appId, release);
  } catch {
    // Whatever it is that can't be read of it: the release can't be compared.
    return 'damaged';
  }
}

/** Undefined when it can't be read: then it is not what was published either. */
async function digestOf(key: string, { blobs }: Deps): Promise<string | undefined> {
  try {
    const blob = await blobs.get(key);
    try {
      const hash = createHash('sha256');
      for await (const chunk of blob.stream()) hash.update(chunk as Buffer);
      return hash.digest('hex');
    } finally {
      await blob.close();
    }
  } catch {
    return undefined;
  }
}
