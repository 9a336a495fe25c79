import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostileArtifact } from '../shared/artifacts/artifact-faults.ts';
import { type ArtifactLimits, DEFAULT_LIMITS } from '../shared/artifacts/limits.ts';
import { tidy } from '../shared/artifacts/tidy.ts';
import type { Archive, Site, SiteFile } from './site.ts';
import { type AskLimits, underLimits, usualLimits } from './site-limits.ts';
import { zipFiles } from './zip-folder.ts';
import { checkZip } from './zip-site.ts';

interface Found {
  files: SiteFile[];
  leftOut: string[];
  links: string[];
}

/** Lists a folder's files for publishing; nothing is read yet. @throws HostileArtifact when there are too many. */
export async function openFolder(
  folder: string,
  limits: ArtifactLimits = DEFAULT_LIMITS,
  askLimits: AskLimits = usualLimits,
): Promise<Site> {
  const found: Found = { files: [], leftOut: [], links: [] };
  await collect(folder, '', found);
  // By code unit, so that the same folder makes the same zip file on every machine.
  const files = found.files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  refuseOversized(files, limits);
  return {
    files: tidy(files).files,
    leftOut: found.leftOut.toSorted(),
    links: found.links.toSorted(),
    pack: () => underLimits(askLimits, (within) => pack(files, within, askLimits)),
    close: async () => undefined,
  };
}

/** Working files that no visitor needs, and files that hold passwords. At any depth. */
const isLeftOut = (name: string): boolean =>
  name === '.git' || name === 'node_modules' || name === '.DS_Store' || name.startsWith('.env');

async function collect(folder: string, prefix: string, found: Found): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = `${prefix}${entry.name}`;
    const file = join(folder, entry.name);
    if (isLeftOut(entry.name)) found.leftOut.push(path);
    else if (entry.isSymbolicLink()) found.links.push(path);
    else if (entry.isDirectory()) await collect(file, `${path}/`, found);
    else if (entry.isFile()) {
      found.files.push({ path, sizeBytes: (await stat(file)).size, read: () => readFile(file) });
    }
  }
}

/** What is certain to be refused is not packed first: that can take minutes. */
function refuseOversized(
  files: readonly SiteFile[],
  { files: limit, unpackedBytes: limitBytes, fileBytes }: ArtifactLimits,
): void {
  if (files.length === 0) throw new HostileArtifact('artifact/empty');
  if (files.length > limit)
    throw new HostileArtifact('artifact/too-many-files', { files: files.length, limit });
  const tooLarge = files.find((file) => file.sizeBytes > fileBytes);
  if (tooLarge) {
    const detail = { sizeBytes: tooLarge.sizeBytes, limitBytes: fileBytes };
    throw new HostileArtifact('artifact/file-too-large', detail, tooLarge.path);
  }
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  if (sizeBytes > limitBytes)
    throw new HostileArtifact('artifact/unpacked-too-large', { sizeBytes, limitBytes });
}

async function pack(
  files: readonly SiteFile[],
  limits: ArtifactLimits,
  askLimits: AskLimits,
): Promise<Archive> {
  const folder = await mkdtemp(join(tmpdir(), 'cottage-publish-'));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const file = join(folder, 'site.zip');
  try {
    const packed = await zipFiles(files, file, limits.archiveBytes);
    // Names this computer allows and Cottage does not, for one, are better said before than after sending it all.
    await checkZip(file, limits, askLimits);
    return { file, ...packed, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
