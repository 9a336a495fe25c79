import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from './exit-codes.ts';
import { CommandFailed, usage } from './failures.ts';

/** What the command line takes from its environment. This file is the only one of `cli/` that reads it. */
export interface Environment {
  api?: string;
  token?: string;
  /** Cottage's data folder. */
  dataFolder: string;
  /** The login name, for an owner's address when git knows none. */
  user: string;
  home: string;
  /** Is there a screen a browser could open on? */
  hasDisplay: boolean;
  /** As it was found; `cottage start` hands it to the server's own parser. */
  variables: Readonly<Record<string, string | undefined>>;
}

export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
): Environment {
  const set = (name: string): string | undefined => variables[name] || undefined;
  const api = set('COTTAGE_API');
  const token = set('COTTAGE_TOKEN');
  return {
    ...(api === undefined ? {} : { api }),
    ...(token === undefined ? {} : { token }),
    dataFolder: set('COTTAGE_DATA') ?? '.cottage',
    user: set('USER') ?? set('USERNAME') ?? 'me',
    home: set('HOME') ?? set('USERPROFILE') ?? '.',
    hasDisplay: platform !== 'linux' || set('DISPLAY') !== undefined || set('WAYLAND_DISPLAY') !== undefined,
    variables,
  };
}

/** What `cottage start` leaves in its data folder for the command line. */
export interface Credentials {
  api: string;
  /** Where the same API answers on its own machine, whatever stands before it. */
  local?: string;
  platform: string;
  secret: string;
  adminToken: string;
  /** The team publishes go to unless told otherwise. */
  team: string;
}

/** Where to call, and as whom. */
export interface Target {
  api: string;
  /** Another way to it, for what only works on its machine. */
  local?: string;
  token?: string;
  platform?: { id: string; secret: string };
  team: string;
}

const DEFAULT_TEAM = 'demo';

/**
 * `--api` and `--token` win over `COTTAGE_API` and `COTTAGE_TOKEN`, these over the credentials file. What the file
 * holds is sent to the address the file names and to no other: a mistyped `--api` must not hand a stranger the token.
 * @throws CommandFailed when there is neither an address nor a file that names one.
 */
export function resolveTarget(options: { api?: string; token?: string }, environment: Environment): Target {
  const asked = options.api ?? environment.api;
  const file = join(environment.dataFolder, 'credentials.json');
  const credentials = readCredentials(file);
  if (asked === undefined && credentials === undefined) {
    throw new CommandFailed(
      EXIT.notReachable,
      'cli/no-credentials',
      `There is no ${file}. Start Cottage here with: cottage start. For one that runs elsewhere, give --api and --token.`,
    );
  }
  const api = origin(asked ?? credentials?.api ?? '');
  const own = credentials !== undefined && origin(credentials.api) === api ? credentials : undefined;
  const token = options.token ?? environment.token ?? own?.adminToken;
  return {
    api,
    ...(asked === undefined && own?.local !== undefined ? { local: own.local } : {}),
    ...(token === undefined ? {} : { token }),
    ...(own === undefined ? {} : { platform: { id: own.platform, secret: own.secret } }),
    team: own?.team ?? DEFAULT_TEAM,
  };
}

function origin(address: string): string {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw usage(`${address} is not an address. Write it like http://127.0.0.1:4600`);
  }
  return url.origin;
}

function readCredentials(file: string): Credentials | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandFailed(EXIT.notAllowed, 'cli/credentials-unreadable', `${file} cannot be read.`);
  }
  const fields = parseFields(text);
  const field = (name: string): string => {
    const value = fields?.[name];
    if (typeof value === 'string' && value !== '') return value;
    throw new CommandFailed(
      EXIT.unexpected,
      'cli/credentials-broken',
      `${file} has no "${name}". Stop Cottage, remove that file and start it again; it writes a new one.`,
    );
  };
  return {
    api: field('api'),
    ...(typeof fields?.['local'] === 'string' ? { local: origin(fields['local']) } : {}),
    platform: field('platform'),
    secret: field('secret'),
    adminToken: field('adminToken'),
    team: typeof fields?.['team'] === 'string' ? fields['team'] : DEFAULT_TEAM,
  };
}

function parseFields(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
