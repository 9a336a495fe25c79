import { artifactFinding } from '../shared/artifacts/artifact-finding.ts';
import { checkShape } from '../shared/artifacts/recognise.ts';
import type { Finding } from '../shared/findings/finding.ts';
import { MANIFEST_FILE, manifestSizeFindings } from '../shared/manifest/manifest.ts';
import type { Site } from './site.ts';

export interface SiteCheck {
  findings: Finding[];
  /** The folder that holds the finished site, when the files are a project's working files and it was built already. */
  builtFolder?: string;
}

/**
 * What is in the way of a site in ways that need no upload to be seen; the same texts that Cottage would answer with.
 * What is only to be known comes with its answer.
 */
export async function checkSite(site: Site): Promise<SiteCheck> {
  const packageJson = await readTop(site, 'package.json');
  const indexHtml = await readTop(site, 'index.html');
  const faults = checkShape(site.files, {
    // Seen when the site was opened, under the limits of this Cottage.
    fileBytes: Number.MAX_SAFE_INTEGER,
    ...(packageJson === undefined ? {} : { packageJson }),
    ...(indexHtml === undefined ? {} : { indexHtml }),
  });
  const manifest = site.files.find(({ path }) => path === MANIFEST_FILE);
  const findings = [...faults.map(artifactFinding), ...manifestSizeFindings(manifest?.sizeBytes ?? 0)].filter(
    ({ severity }) => severity === 'block',
  );
  const built = faults.find(({ code }) => code === 'artifact/source-not-build')?.detail.buildFolder;
  return typeof built === 'string' ? { findings, builtFolder: built } : { findings };
}

/** Both are small wherever they are what they say; more is not read. */
const MAX_READ_BYTES = 2_000_000;

/** A text file at the top of the site, if there is one of a sensible size. */
export async function readTop(site: Site, path: string): Promise<string | undefined> {
  const file = site.files.find((each) => each.path === path);
  return file && file.sizeBytes <= MAX_READ_BYTES ? (await file.read()).toString('utf8') : undefined;
}
