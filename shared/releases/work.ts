import * as z from 'zod';
import type { BlobStore } from '../blobs/blob-store.ts';
import { NotFound } from '../errors/errors.ts';
import { Finding } from '../findings/finding.ts';
import type { PublishId } from '../ids/ids.ts';
import { ScanFacts } from '../scan/facts.ts';

/** A file of the artifact: where it stands in the archive, what it holds, and what is served in its place. */
export const WorkFile = z.object({
  path: z.string(),
  method: z.int(),
  offset: z.int(),
  compressedSize: z.int(),
  sizeBytes: z.int(),
  crc32: z.int(),
  /** Of the file as it came, hex. */
  sha256: z.string(),
  /** Set where the telemetry hook is added, at byte `hookAt`: the file as it is served. */
  served: z.object({ sha256: z.string(), sizeBytes: z.int(), hookAt: z.int() }).optional(),
});
export type WorkFile = z.infer<typeof WorkFile>;

/** What the steps of one publish hand on: too long for the workflow's own data, gone when the publish ends. */
export const Work = z.object({
  files: z.array(WorkFile),
  scan: z.object({ facts: ScanFacts, findings: z.array(Finding) }).optional(),
});
export type Work = z.infer<typeof Work>;

const workKey = (publishId: PublishId): string => `work/${publishId}.json`;

export async function saveWork(blobs: BlobStore, publishId: PublishId, work: Work): Promise<void> {
  await blobs.put(workKey(publishId), Buffer.from(JSON.stringify(work)));
}

/** @throws NotFound when no step of this publish has saved any. */
export async function loadWork(blobs: BlobStore, publishId: PublishId): Promise<Work> {
  return Work.parse(await readJson(blobs, workKey(publishId)));
}

export async function removeWork(blobs: BlobStore, publishId: PublishId): Promise<void> {
  await blobs.delete(workKey(publishId));
}

/** A release's files as served: what a later publish is compared with. */
export const Manifest = z.object({
  files: z.array(z.object({ path: z.string(), sha256: z.string(), sizeBytes: z.int() })),
});
export type Manifest = z.infer<typeof Manifest>;

export const manifestKey = (appId: string, release: string): string => `manifests/${appId}/${release}.json`;

/** The manifest of a stored release, or undefined when it has none. */
export async function loadManifest(
  blobs: BlobStore,
  appId: string,
  release: string,
): Promise<Manifest | undefined> {
  try {
    return Manifest.parse(await readJson(blobs, manifestKey(appId, release)));
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

async function readJson(blobs: BlobStore, key: string): Promise<unknown> {
  const blob = await blobs.get(key);
  try {
    return JSON.parse((await blob.read(0, blob.sizeBytes)).toString());
  } finally {
    await blob.close();
  }
}

/** What is served for each file: the file itself, or the one with the hook in it. */
export function servedFiles(files: WorkFile[]): Manifest['files'] {
  return files.map(({ path, served, ...came }) => {
    const { sha256, sizeBytes } = served ?? came;
    return { path, sha256, sizeBytes };
  });
}

/** How one release differs from another, counted in files. */
export function countChanges(before: Manifest['files'], after: Manifest['files']) {
  const old = new Map(before.map((file) => [file.path, file.sha256]));
  const fresh = new Set(after.map((file) => file.path));
  return {
    added: after.filter((file) => !old.has(file.path)).length,
    changed: after.filter((file) => old.has(file.path) && old.get(file.path) !== file.sha256).length,
    removed: before.filter((file) => !fresh.has(file.path)).length,
  };
}
