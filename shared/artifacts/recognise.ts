import { type ArtifactFault, type ShapeCode, shownName } from './artifact-faults.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { programSource, siteSource } from './project-files.ts';

/** What a few telling files say, where the caller has read them: a listing alone leaves some cases open. */
export interface ShapeHints {
  /** Text of `package.json` at the top. */
  packageJson?: string;
  /** Text of `index.html` at the top. */
  indexHtml?: string;
  /** Largest single file, in bytes. */
  fileBytes?: number;
}

type Files = readonly { path: string; sizeBytes: number }[];

/** What is wrong with these files as a web app: empty when they can be served. Needs no archive, so a folder will do. */
export function checkShape(files: Files, hints: ShapeHints = {}): ArtifactFault<ShapeCode>[] {
  const paths = new Set(files.map((file) => file.path));
  const start = sourceNotBuild(paths, hints) ?? indexMissing(paths);
  return [...(start === undefined ? [] : [start]), ...filesTooLarge(files, hints), ...unreachable(paths)];
}

const INDEX = 'index.html';
const NEEDS_BUILDING = /<script[^>]+src=["']?[^"'>\s]*\.(tsx?|jsx|vue|svelte)\b/i;

/** A project's sources: browsers cannot run them, and what can be run is elsewhere or not made yet. */
function sourceNotBuild(paths: ReadonlySet<string>, hints: ShapeHints): ArtifactFault<ShapeCode> | undefined {
  const hasBuiltIndex = paths.has(INDEX) && !NEEDS_BUILDING.test(hints.indexHtml ?? '');
  const mark = hasBuiltIndex ? undefined : sourceMark(paths, hints);
  if (mark === undefined) return undefined;
  const buildFolder = buildFolderOf(paths);
  return {
    code: 'artifact/source-not-build',
    detail: { folder: shownName(mark), ...(buildFolder === undefined ? {} : { buildFolder }) },
  };
}

/** What shows that these are sources: the folder or the file that people know best. */
function sourceMark(paths: ReadonlySet<string>, hints: ShapeHints): string | undefined {
  const all = [...paths];
  const inSrc = all.some((path) => path.startsWith('src/'));
  const isPackage = paths.has('package.json');
  const builds = buildScript(hints.packageJson);
  const marked = siteSource(all);
  if (isPackage && (builds === 'yes' || marked !== undefined || (inSrc && builds === 'unknown'))) {
    return inSrc ? 'src' : 'package.json';
  }
  // Pages at the top are more likely a site whose first page has another name, whatever lies beside them.
  const hasPages = all.some((path) => !path.includes('/') && isPage(path));
  return hasPages ? undefined : (marked ?? programSource(all));
}

/** Does `package.json` say how the project is built? */
function buildScript(packageJson: string | undefined): 'yes' | 'no' | 'unknown' {
  if (packageJson === undefined) return 'unknown';
  try {
    const parsed: unknown = JSON.parse(packageJson);
    const scripts = parsed instanceof Object && 'scripts' in parsed ? parsed.scripts : undefined;
    return scripts instanceof Object && 'build' in scripts ? 'yes' : 'no';
  } catch {
    return 'unknown';
  }
}

/** Where build tools put what they make; some of them in a folder of the app's name, or one for browsers. */
const BUILT_INDEX = /^((?:dist|build|out|_site)(?:\/[^/]+){0,2})\/index\.html$/;

/** The folder with the finished site, when the sources were built already. */
function buildFolderOf(paths: ReadonlySet<string>): string | undefined {
  const index = [...paths].filter((path) => BUILT_INDEX.test(path)).toSorted(shallowFirst)[0];
  return index === undefined ? undefined : BUILT_INDEX.exec(index)?.[1];
}

const PAGES_NAMED = 3;

function indexMissing(paths: ReadonlySet<string>): ArtifactFault<ShapeCode> | undefined {
  if (paths.has(INDEX)) return undefined;
  const pages = [...paths].filter(isPage).toSorted(shallowFirst);
  return {
    code: 'artifact/index-missing',
    detail: { found: pages.slice(0, PAGES_NAMED).map(shownName) },
  };
}

const isPage = (path: string): boolean => /\.html?$/i.test(path);

/** Nearest to the top first, then by name: the likeliest first page leads. */
function shallowFirst(a: string, b: string): number {
  return a.split('/').length - b.split('/').length || (a < b ? -1 : 1);
}

function filesTooLarge(files: Files, hints: ShapeHints): ArtifactFault<ShapeCode>[] {
  const limitBytes = hints.fileBytes ?? DEFAULT_LIMITS.fileBytes;
  return files
    .filter((file) => file.sizeBytes > limitBytes)
    .map((file) => ({
      code: 'artifact/file-too-large',
      entry: shownName(file.path),
      detail: { sizeBytes: file.sizeBytes, limitBytes },
    }));
}

/** Addresses that Cottage answers itself, in every app: sign-in, telemetry, and which release it is. */
const RESERVED = /^(_cottage\/|_cottage$|\.well-known\/cottage\.json$)/;
const UNREACHABLE_NAMED = 5;

/** No fault of the site, which works without them; but whoever put them there should know. */
function unreachable(paths: ReadonlySet<string>): ArtifactFault<ShapeCode>[] {
  const files = [...paths].filter((path) => RESERVED.test(path)).map(shownName);
  if (files.length === 0) return [];
  return [{ code: 'artifact/reserved-path', detail: { files: files.slice(0, UNREACHABLE_NAMED) } }];
}
