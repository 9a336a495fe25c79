import { basename, dirname, extname, resolve } from 'node:path';
import { finding } from '../shared/findings/catalogue.ts';
import { cleanText } from '../shared/findings/clean.ts';
import { MAX_NAME_LENGTH, slugOf } from '../shared/names/labels.ts';
import { usage } from './failures.ts';
import type { Io } from './io.ts';
import { notYet, type Site } from './site.ts';
import { readTop } from './site-findings.ts';

/** What `cottage publish` can be told about an app. */
export interface AppOptions {
  team?: string;
  name?: string;
  title?: string;
  owner?: string;
  coOwner?: string[];
  dataClass?: string;
  visibility?: string;
  tier?: string;
  costCenter?: string;
  expiresInDays?: number;
  integration?: string[];
  spa?: boolean;
}

/** The `app` of a publish body. Fields that may be missing are left to `cottage.json` and to what Cottage knows. */
export interface AppFields {
  team: string;
  name: string;
  title: string;
  owner: string;
  coOwners?: string[];
  dataClass?: string;
  visibility?: string;
  tier?: string;
  costCenter?: string;
  expiresInDays?: number;
  integrations?: string[];
  spa?: boolean;
}

/**
 * Options first, then the app's own `cottage.json`, then what can be guessed: the name from the folder, the title from
 * the first page, the owner from git.
 * @throws CommandFailed when `cottage.json` cannot be read or the owner is no mail address.
 */
export async function appFields(
  site: Site,
  path: string,
  options: AppOptions,
  defaults: { team: string; io: Io },
): Promise<AppFields> {
  const declared = parseDeclared(path, await readTop(site, 'cottage.json'));
  const name = options.name ?? declared.name ?? guessName(path);
  const owner = options.owner ?? declared.owner ?? (await guessOwner(path, defaults.io));
  if (!/^[^\s@]+@[^\s@]+$/.test(owner))
    throw usage(`“${owner}” is not a mail address. Write it like ana@example.com`);
  return {
    team: options.team ?? declared.team ?? defaults.team,
    name,
    title: options.title ?? declared.title ?? (await guessTitle(site)) ?? name,
    owner,
    ...given('coOwners', options.coOwner),
    ...given('dataClass', options.dataClass),
    ...given('visibility', options.visibility),
    ...given('tier', options.tier),
    ...given('costCenter', options.costCenter),
    ...given('expiresInDays', options.expiresInDays),
    ...given('integrations', options.integration),
    ...given('spa', options.spa),
  };
}

const given = <Name extends string, Value>(name: Name, value: Value | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: Value };

/** What a publish cannot do without. The rest of `cottage.json` Cottage reads and checks itself. */
const REQUIRED = ['team', 'name', 'title', 'owner'] as const;
type Declared = { [Field in (typeof REQUIRED)[number]]?: string };

function parseDeclared(path: string, text: string | undefined): Declared {
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (!(value instanceof Object)) {
    const problem = 'it can’t be read; a comma, a quotation mark or a bracket may be missing';
    throw notYet(path, [finding('manifest/invalid', { problem }, { file: 'cottage.json' })]);
  }
  const fields = value as Record<string, unknown>;
  const entries = REQUIRED.flatMap((name) =>
    typeof fields[name] === 'string' ? [[name, fields[name]]] : [],
  );
  return Object.fromEntries(entries) as Declared;
}

/** Folders that are called the same in every project say nothing about the app; the one around them does. */
const GENERIC_FOLDERS = new Set(['dist', 'build', 'out', 'public', 'www', 'site', 'html']);

function guessName(path: string): string {
  let folder = resolve(path);
  if (GENERIC_FOLDERS.has(basename(folder).toLowerCase())) folder = dirname(folder);
  const isZip = extname(folder).toLowerCase() === '.zip';
  return slugOf(isZip ? basename(folder, extname(folder)) : basename(folder), MAX_NAME_LENGTH);
}

const MAX_TITLE_CHARS = 80;

async function guessTitle(site: Site): Promise<string | undefined> {
  const page = await readTop(site, 'index.html');
  if (page === undefined) return undefined;
  const { titleOf } = await import('./page-title.ts');
  const title = titleOf(page);
  return title === undefined ? undefined : cleanText(title, MAX_TITLE_CHARS).trim();
}

async function guessOwner(path: string, io: Io): Promise<string> {
  try {
    const folder = extname(path).toLowerCase() === '.zip' ? dirname(path) : path;
    const email = (await io.execute('git', ['config', 'user.email'], { cwd: folder })).trim();
    if (email !== '') return email;
  } catch {
    // No git here, or nobody told it who they are.
  }
  // `.localhost` leads nowhere (RFC 6761): a guessed address must not turn out to be a stranger's.
  return `${io.environment.user.replaceAll(/[^A-Za-z0-9._-]/g, '-')}@cottage.localhost`;
}
