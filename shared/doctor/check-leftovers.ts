import { AppId, PublishId, ReleaseId, UploadId } from '../ids/ids.ts';
import { isEnded, isPinned } from '../publishes/publish.ts';
import type { Deps } from '../runtime/deps.ts';
import { keysBelow } from './blob-walk.ts';
import { orDamaged } from './confirm.ts';
import type { Found } from './problems.ts';
import { nameOf, type World } from './world.ts';

/** Files that no record leads to, and records whose files are gone. Each is looked up once more before it is told. */
export async function checkLeftovers(world: World, deps: Deps): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { key } of keysBelow(deps.blobs, 'work/')) {
    const id = PublishId.safeParse(/^work\/(.*)\.json$/.exec(key)?.[1]).data;
    if (id !== undefined && (await isUnderWay(id, deps))) continue;
    found.push({
      code: 'leftover/work',
      subject: key,
      text: 'A publish that has ended has left its listing here.',
    });
  }
  const there = new Set<string>();
  for await (const { key } of keysBelow(deps.blobs, 'incoming/')) {
    there.add(key);
    if (await isWanted(key, world, deps)) continue;
    found.push({
      code: 'leftover/artifact',
      subject: key,
      text: 'An archive that no publish needs any more.',
    });
  }
  for await (const { key } of keysBelow(deps.blobs, 'manifests/')) {
    const [, appId, release] = /^manifests\/(.*)\/(.*)\.json$/.exec(key) ?? [];
    const [app, id] = [AppId.safeParse(appId).data, ReleaseId.safeParse(release).data];
    if (app && id && (world.releases.get(app)?.has(id) || (await orDamaged(deps.releases.find(app, id)))))
      continue;
    const text = 'A list of files of a release that has no record.';
    found.push({ code: 'release/no-record', subject: key, text });
  }
  for (const publish of world.publishes.values()) {
    const waits = publish.status === 'needs-answers' || !isEnded(publish.status);
    // What it is to be fetched from is not ours to look at.
    if (!isPinned(publish.artifact)) continue;
    if (!waits || there.has(publish.artifact.key) || (await hasBlob(publish.artifact.key, deps))) continue;
    const now = await orDamaged(deps.publishes.find(publish.publishId));
    if (now === 'damaged' || now?.value.status !== publish.status) continue;
    const text = 'Its archive is gone, and it needs it to go on.';
    found.push({
      code: 'publish/artifact-missing',
      subject: `${nameOf(publish)} ${publish.publishId}`,
      text,
    });
  }
  return found;
}

/** Is a publish of this id under way? With `orAsking`, one that waits for an answer counts as well. */
async function isUnderWay(id: PublishId, { publishes }: Deps, orAsking = false): Promise<boolean> {
  const publish = await orDamaged(publishes.find(id));
  if (publish === 'damaged') return true;
  const status = publish?.value.status;
  return status !== undefined && (!isEnded(status) || (orAsking && status === 'needs-answers'));
}

/** By a publish that is under way or has asked something, or by an upload that is kept for a while. */
async function isWanted(key: string, { uploads }: World, deps: Deps): Promise<boolean> {
  const id = /^incoming\/(.*)\.zip$/.exec(key)?.[1];
  const publishId = PublishId.safeParse(id).data;
  if (publishId !== undefined) return isUnderWay(publishId, deps, true);
  const uploadId = UploadId.safeParse(id).data;
  if (uploadId === undefined) return false;
  return uploads.has(uploadId) || (await orDamaged(deps.uploads.find(uploadId))) !== undefined;
}

async function hasBlob(key: string, { blobs }: Deps): Promise<boolean> {
  for await (const found of keysBelow(blobs, key)) if (found.key === key) return true;
  return false;
}
