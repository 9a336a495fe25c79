import type { App } from '../apps/app.ts';
import { Busy, Conflict } from '../errors/errors.ts';
import type { AppId, ReleaseId } from '../ids/ids.ts';
import { isEnded } from '../publishes/publish.ts';
import type { Versioned } from '../records/record-type.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Release } from './release.ts';
import { releasePrefix } from './releases.ts';
import { manifestKey } from './work.ts';

export type CollectDeps = Pick<Deps, 'apps' | 'releases' | 'publishes' | 'blobs' | 'store'>;

/**
 * Removes the releases of an app that nobody can come back to. Kept are the target, what is live, what waits, the last
 * ten, and what a publish under way has built. Marked first, then deleted, then forgotten: a crash in between leaves a
 * mark, and the next run goes on; Deploy of a marked release waits until it is gone.
 */
export async function collectReleases(appId: AppId, deps: CollectDeps): Promise<void> {
  const kept = keptReleases((await deps.apps.get(appId)).value);
  for (const release of await deps.releases.ofApp(appId)) {
    if (kept.has(release.value.release)) continue;
    const user = (await deps.publishes.find(release.value.usedBy))?.value;
    if (!user || isEnded(user.status)) await collect(release, deps);
  }
}

/**
 * Removes every release of an app that is taken down.
 * @throws Busy when somebody still builds or removes one; it is for the caller to come again
 */
export async function removeReleases(appId: AppId, deps: CollectDeps): Promise<void> {
  for (const release of await deps.releases.ofApp(appId)) await collect(release, deps);
  const left = await deps.releases.ofApp(appId);
  if (left.length > 0) throw new Busy(`${left.length} releases of ${appId} are still there`);
}

/** What must stay, whoever made it. */
export function keptReleases({ target, live, ready, releases }: App): Set<ReleaseId> {
  const shown = [target?.release, live?.release, ready?.release].filter((release) => release !== undefined);
  return new Set([...shown, ...releases.map((entry) => entry.release)]);
}

async function collect(read: Versioned<Release>, { releases, blobs, store }: CollectDeps): Promise<void> {
  const { appId, release } = read.value;
  const deleting: Release = { ...read.value, state: 'deleting' };
  const marked = { value: deleting, version: read.version + 1 };
  try {
    await store.write({
      opId: `collect/${appId}/${release}/v${read.version}`,
      operations: [releases.changing(read, deleting)],
    });
    await blobs.delete(releasePrefix(appId, release), { prefix: true });
    await blobs.delete(manifestKey(appId, release));
    await store.write({ opId: `collected/${appId}/${release}`, operations: [releases.removing(marked)] });
  } catch (error) {
    // A publish has taken it up again, or a twin is at it.
    if (!(error instanceof Conflict)) throw error;
  }
}
