import { artifactFinding } from '../shared/artifacts/artifact-finding.ts';
import { checkShape } from '../shared/artifacts/recognise.ts';
import { finding } from '../shared/findings/catalogue.ts';
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
  const found = faults.map((fault) =>
    // A project that has to be built, in folders we don't know: "rename your first page" would be the wrong advice.
    fault.code === 'artifact/index-missing' && saysHowToBuild(packageJson)
      ? finding('artifact/source-not-build', { folder: 'package.json' })
      : artifactFinding(fault),
  );
  const manifest = site.files.find(({ path }) => path === MANIFEST_FILE);
  const findings = [...found, ...manifestSizeFindings(manifest?.sizeBytes ?? 0)].filter(
    ({ severity }) => severity === 'block',
  );
  const built = BUILD_FOLDERS.find((folder) =>
    site.files.some(({ path }) => path === `${folder}/index.html`),
  );
  const isSource = findings.some(({ code }) => code === 'artifact/source-not-build');
  return isSource && built !== undefined ? { findings, builtFolder: built } : { findings };
}

/** Where build tools put the finished site. */
const BUILD_FOLDERS = ['dist', 'build', 'out'];
/** Both are small wherever they are what they say; more is not read. */
const MAX_READ_BYTES = 2_000_000;

/** A text file at the top of the site, if there is one of a sensible size. */
export async function readTop(site: Site, path: string): Promise<string | undefined> {
  const file = site.files.find((each) => each.path === path);
  return file && file.sizeBytes <= MAX_READ_BYTES ? (await file.read()).toString('utf8') : undefined;
}

function saysHowToBuild(packageJson: string | undefined): boolean {
  if (packageJson === undefined) return false;
  try {
    const { scripts } = JSON.parse(packageJson) as { scripts?: unknown };
    return scripts instanceof Object && 'build' in scripts;
  } catch {
    return false;
  }
}
