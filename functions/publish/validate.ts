import { mergeSettings } from '../../shared/apps/merge-settings.ts';
import { artifactFinding } from '../../shared/artifacts/artifact-finding.ts';
import { withArtifact } from '../../shared/artifacts/open-artifact.ts';
import { checkShape, type ShapeHints } from '../../shared/artifacts/recognise.ts';
import { readEntry } from '../../shared/artifacts/zip-reader.ts';
import type { BlobStore } from '../../shared/blobs/blob-store.ts';
import { finding } from '../../shared/findings/catalogue.ts';
import type { Finding } from '../../shared/findings/finding.ts';
import { sha256 } from '../../shared/ids/ids.ts';
import { MANIFEST_FILE, manifestSizeFindings, parseManifest } from '../../shared/manifest/manifest.ts';
import { type Publish, pinOf } from '../../shared/publishes/publish.ts';
import { releaseIdOf } from '../../shared/releases/content.ts';
import { HOOK_VERSION, hookPosition, withHook } from '../../shared/releases/telemetry-hook.ts';
import {
  countChanges,
  loadManifest,
  loadWork,
  saveWork,
  servedFiles,
  type Work,
  type WorkFile,
} from '../../shared/releases/work.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { stageStep } from '../../shared/runtime/step.ts';

/** Pages larger than this are not pages; they are served as they came. */
const MAX_PAGE_BYTES = 5_000_000;

/** Checks the artifact's shape and manifest, adds the telemetry hook, and names the release its files make. */
export const validate = stageStep('validate', async (publish, deps) => {
  const work = await loadWork(deps.blobs, publish.publishId);
  const findings: Finding[] = checkShape(work.files, await shapeHints(publish, deps, work)).map(
    artifactFinding,
  );
  const { files, hooked } = await addHooks(publish, deps, work);
  if (hooked > 0) findings.push(finding('artifact/hook-added', { files: String(hooked) }));
  const stored = (await deps.apps.find(publish.appId))?.value;
  const declared = await readManifest(publish, deps, work, findings);
  const merged = mergeSettings(stored, publish.settings, declared, publish.requested);
  findings.push(...merged.findings);
  if (!merged.settings.dataClass) findings.push(finding('publish/data-class-missing', {}));
  const served = servedFiles(files);
  const release = releaseIdOf(served, HOOK_VERSION);
  await saveWork(deps.blobs, publish.publishId, { ...work, files });
  const before = stored?.live && (await loadManifest(deps.blobs, stored.appId, stored.live.release));
  return {
    outcome: findings.some((f) => f.severity === 'block') ? 'refused' : 'passed',
    status: findings.some((f) => f.severity === 'block') ? 'failed' : 'passed',
    findings,
    patch: {
      release,
      settings: merged.settings,
      ...(before ? { changes: countChanges(before.files, served) } : {}),
    },
  };
});

async function addHooks(
  publish: Publish,
  { blobs }: Deps,
  work: Work,
): Promise<{ files: WorkFile[]; hooked: number }> {
  const files: WorkFile[] = [];
  let hooked = 0;
  await withArtifact(pinOf(publish), blobs, async (artifact) => {
    for (const { served: _, ...file } of work.files) {
      const isPage = /\.html?$/i.test(file.path) && file.sizeBytes <= MAX_PAGE_BYTES;
      const page = isPage ? await readEntry(artifact, file) : undefined;
      const hookAt = page && hookPosition(page);
      if (page === undefined || hookAt === undefined) {
        files.push(file);
        continue;
      }
      const served = withHook(page, hookAt);
      hooked += 1;
      files.push({ ...file, served: { sha256: sha256(served), sizeBytes: served.length, hookAt } });
    }
  });
  return { files, hooked };
}

/** What `cottage.json` says, with what is wrong about it among the findings. */
async function readManifest(publish: Publish, { blobs }: Deps, work: Work, findings: Finding[]) {
  const oversized = manifestSizeFindings(
    work.files.find(({ path }) => path === MANIFEST_FILE)?.sizeBytes ?? 0,
  );
  findings.push(...oversized);
  if (oversized.length > 0) return {};
  const bytes = await readTopFile(MANIFEST_FILE, publish, blobs, work);
  if (!bytes) return {};
  const parsed = parseManifest(bytes);
  findings.push(...parsed.findings);
  const { team: _team, name: _name, ...declared } = parsed.manifest ?? {};
  return declared;
}

/** Texts that tell the source of an app from what was built of it. */
async function shapeHints(publish: Publish, { blobs, settings }: Deps, work: Work): Promise<ShapeHints> {
  const packageJson = await readTopFile('package.json', publish, blobs, work);
  // Only beside a package.json can the index page belong to a source.
  const indexHtml = packageJson && (await readTopFile('index.html', publish, blobs, work));
  return {
    fileBytes: settings.limits.fileBytes,
    ...(packageJson ? { packageJson: packageJson.toString() } : {}),
    ...(indexHtml ? { indexHtml: indexHtml.toString() } : {}),
  };
}

/** A file at the top of the artifact, if it is there and of a size somebody writes by hand. */
async function readTopFile(
  path: string,
  publish: Publish,
  blobs: BlobStore,
  work: Work,
): Promise<Buffer | undefined> {
  const file = work.files.find((candidate) => candidate.path === path);
  if (!file || file.sizeBytes > MAX_PAGE_BYTES) return undefined;
  return withArtifact(pinOf(publish), blobs, (artifact) => readEntry(artifact, file));
}
