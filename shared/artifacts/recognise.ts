import { type ArtifactFault, type ShapeCode, shownName } from './artifact-faults.ts';
import { DEFAULT_LIMITS } from './limits.ts';

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
/** Where build tools put what they make. */
const BUILD_FOLDERS = ['dist', 'build', 'out'];
const BUILD_TOOL_CONFIG = /^(vite|next|nuxt|svelte|astro|webpack|rollup|vue)\.config\.[cm]?[jt]s$/;
const NEEDS_BUILDING = /<script[^>]+src=["']?[^"'>\s]*\.(tsx?|jsx|vue|svelte)\b/i;

/** A project's sources: browsers cannot run them, and what can be run is elsewhere or not made yet. */
function sourceNotBuild(paths: ReadonlySet<string>, hints: ShapeHints): ArtifactFault<ShapeCode> | undefined {
  const hasBuiltIndex = paths.has(INDEX) && !NEEDS_BUILDING.test(hints.indexHtml ?? '');
  if (!paths.has('package.json') || hasBuiltIndex) return undefined;
  const all = [...paths];
  const config = all.some((path) => BUILD_TOOL_CONFIG.test(path));
  const source = all.some((path) => path.startsWith('src/'));
  if (!config && !(source && hasBuildScript(hints.packageJson))) return undefined;
  const buildFolder = BUILD_FOLDERS.find((folder) => paths.has(`${folder}/${INDEX}`));
  return {
    code: 'artifact/source-not-build',
    detail: {
      folder: source ? 'src' : 'package.json',
      ...(buildFolder === undefined ? {} : { buildFolder }),
    },
  };
}

/** Does `package.json` say how the project is built? Unread or unreadable counts as yes: nearly all with sources do. */
function hasBuildScript(packageJson: string | undefined): boolean {
  if (packageJson === undefined) return true;
  try {
    const parsed: unknown = JSON.parse(packageJson);
    const scripts = parsed instanceof Object && 'scripts' in parsed ? parsed.scripts : undefined;
    return scripts instanceof Object && 'build' in scripts;
  } catch {
    return true;
  }
}

const PAGES_NAMED = 3;

function indexMissing(paths: ReadonlySet<string>): ArtifactFault<ShapeCode> | undefined {
  if (paths.has(INDEX)) return undefined;
  const pages = [...paths].filter((path) => /\.html?$/i.test(path)).toSorted(shallowFirst);
  return {
    code: 'artifact/index-missing',
    detail: { found: pages.slice(0, PAGES_NAMED).map(shownName) },
  };
}

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
