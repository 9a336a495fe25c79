import { isIPv4 } from 'node:net';
import { resolve } from 'node:path';
import * as z from 'zod';
import { type ArtifactLimits, DEFAULT_LIMITS } from '../shared/artifacts/limits.ts';
import { SECOND_MS } from '../shared/clock/clock.ts';
import { DEFAULT_DOWNLOAD_LIMITS } from '../shared/downloads/downloads.ts';
import { EDGE_LIMITS } from './edge/limits.ts';

const Port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.int().max(65_535));

const Domain = z
  .string()
  .toLowerCase()
  .regex(/^(?=.{1,40}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/);

const MB = 1_000_000;
const Megabytes = z
  .string()
  .regex(/^\d{1,5}(\.\d{1,3})?$/, 'a number of megabytes, such as 100 or 0.5')
  .transform((text) => Math.round(Number(text) * MB))
  .pipe(z.int().min(1));
const Count = z
  .string()
  .regex(/^\d{1,7}$/, 'a whole number')
  .transform(Number)
  .pipe(z.int().min(1));

/** The step that downloads has five minutes, and opens the file in them too. */
const Seconds = z
  .string()
  .regex(/^\d{1,3}$/, 'a whole number of seconds')
  .transform((text) => Number(text) * SECOND_MS)
  .pipe(
    z
      .int()
      .min(SECOND_MS)
      .max(240 * SECOND_MS),
  );
/** Scheme, name and port alone. */
function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  const { pathname, search, hash, username, password } = url;
  return /^\/*$/.test(pathname) && search + hash + username + password === '';
}

const Origins = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim()))
  .refine(
    (origins) => origins.every(isOrigin),
    'addresses such as https://builds.example.com:8443, with commas',
  )
  .transform((origins) => origins.map((origin) => new URL(origin).origin));

/** Every variable the single-node edition reads, in one place; `docs/configuration.md` explains each. */
const Environment = z.object({
  COTTAGE_DATA: z.string().min(1).default('.cottage'),
  COTTAGE_HOST: z.string().min(1).default('127.0.0.1'),
  COTTAGE_API_PORT: Port.default(4600),
  COTTAGE_EDGE_PORT: Port.default(4643),
  COTTAGE_DNS_PORT: Port.default(4653),
  COTTAGE_DNS_ANSWERS_PER_SECOND: Count.default(1_000),
  COTTAGE_EDGE_CONNECTIONS: Count.default(EDGE_LIMITS.connections),
  COTTAGE_EDGE_CONNECTIONS_PER_CLIENT: Count.default(EDGE_LIMITS.connectionsPerClient),
  COTTAGE_BASE_DOMAIN: Domain.default('apps.localhost'),
  // Pages link to each other from the root, and names are compared as they stand in `Host`.
  COTTAGE_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .refine((url) => isOrigin(url), 'scheme, name and port alone, such as https://cottage.example.com')
    .transform((url) => new URL(url).origin)
    .optional(),
  COTTAGE_PUBLIC_IPV4: z.ipv4().optional(),
  COTTAGE_PUBLIC_EDGE_PORT: Port.pipe(z.int().min(1)).optional(),
  COTTAGE_TLS_CERT: z.string().min(1).optional(),
  COTTAGE_TLS_KEY: z.string().min(1).optional(),
  COTTAGE_ADMIN: z.email().toLowerCase().default('admin@cottage.localhost'),
  COTTAGE_MAIL_FROM: z.email().default('cottage@cottage.localhost'),
  COTTAGE_SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  COTTAGE_LOG: z.enum(['debug', 'info', 'warn', 'error']).default('warn'),
  COTTAGE_MAX_ARCHIVE_MB: Megabytes.default(DEFAULT_LIMITS.archiveBytes),
  COTTAGE_MAX_UNPACKED_MB: Megabytes.default(DEFAULT_LIMITS.unpackedBytes),
  COTTAGE_MAX_FILE_MB: Megabytes.default(DEFAULT_LIMITS.fileBytes),
  COTTAGE_MAX_FILES: Count.default(DEFAULT_LIMITS.files),
  COTTAGE_MAX_RATIO: Count.default(DEFAULT_LIMITS.ratio),
  COTTAGE_MAX_PATH_BYTES: Count.default(DEFAULT_LIMITS.pathBytes),
  COTTAGE_MAX_DEPTH: Count.default(DEFAULT_LIMITS.depth),
  COTTAGE_MAX_DOWNLOAD_SECONDS: Seconds.default(DEFAULT_DOWNLOAD_LIMITS.totalMs),
  COTTAGE_ARTIFACT_ORIGINS: Origins.default([]),
});

/** How one single-node Cottage is set up. */
export interface LocalConfig {
  dataFolder: string;
  /** The address every server binds to. */
  host: string;
  apiPort: number;
  edgePort: number;
  dnsPort: number;
  /** Over UDP, to one network. */
  dnsAnswersPerSecond: number;
  /** How many connections the edge takes, and how many of them from one client. */
  edgeConnections: { total: number; perClient: number };
  baseDomain: string;
  publicUrl?: string | undefined;
  /** What the names of apps resolve to. */
  publicIpv4: string;
  /** The port in the addresses of apps, where it is not the one the edge listens at. */
  publicEdgePort?: number | undefined;
  /** PEM files of a certificate for names below the base domain, and of its key. */
  tls?: { certificate: string; key: string } | undefined;
  adminEmail: string;
  mailFrom: string;
  smtpUrl?: string | undefined;
  logLevel: 'debug' | 'info' | 'warn' | 'error';
  virtualClock: boolean;
  /** What an artifact may be. */
  limits: ArtifactLimits;
  /** Where artifacts may be fetched from besides the open internet, as origins. */
  artifactOrigins: string[];
  /** The longest that fetching one may take, in milliseconds. */
  downloadMs: number;
}

/** What is wrong with the configuration, a line for each variable. */
export class ConfigurationRefused extends Error {
  override readonly name = 'ConfigurationRefused';
}

/**
 * Reads the configuration from environment variables; `overrides` win.
 * @throws ConfigurationRefused naming every variable that is wrong
 */
export function readConfig(
  environment: Record<string, string | undefined>,
  overrides: Partial<LocalConfig> = {},
): LocalConfig {
  const unknown = Object.keys(environment).filter(
    (name) =>
      name.startsWith('COTTAGE_') && !Object.hasOwn(Environment.shape, name) && !CLI_VARIABLES.has(name),
  );
  const parsed = Environment.safeParse(environment);
  const wrong = (parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  wrong.push(...unknown.map((name) => `${name}: there is no such variable`));
  const publicIpv4 = parsed.data && addressOfApps(parsed.data);
  if (parsed.success && publicIpv4 === undefined) {
    wrong.push(
      'COTTAGE_PUBLIC_IPV4: say which address the names of apps resolve to; COTTAGE_HOST is none that others can use',
    );
  }
  if (parsed.data && isBelow(parsed.data.COTTAGE_PUBLIC_URL, parsed.data.COTTAGE_BASE_DOMAIN)) {
    wrong.push(
      'COTTAGE_PUBLIC_URL: a name below COTTAGE_BASE_DOMAIN could be an app’s; choose one outside, best of another domain',
    );
  }
  const { COTTAGE_TLS_CERT: certificate, COTTAGE_TLS_KEY: key } = parsed.data ?? {};
  if ((certificate === undefined) !== (key === undefined)) {
    const missing = key === undefined ? 'COTTAGE_TLS_KEY' : 'COTTAGE_TLS_CERT';
    wrong.push(`${missing}: a certificate and its key go together`);
  }
  const origins = parsed.data?.COTTAGE_ARTIFACT_ORIGINS ?? [];
  if (parsed.data && !isForOneself(parsed.data) && origins.some((origin) => origin.startsWith('http:'))) {
    wrong.push('COTTAGE_ARTIFACT_ORIGINS: http:// is only for trying things out, where nobody else gets in');
  }
  if (!parsed.success || publicIpv4 === undefined || wrong.length > 0)
    throw new ConfigurationRefused(wrong.join('\n'));
  const env = parsed.data;
  return {
    dataFolder: resolve(env.COTTAGE_DATA),
    host: env.COTTAGE_HOST,
    apiPort: env.COTTAGE_API_PORT,
    edgePort: env.COTTAGE_EDGE_PORT,
    dnsPort: env.COTTAGE_DNS_PORT,
    dnsAnswersPerSecond: env.COTTAGE_DNS_ANSWERS_PER_SECOND,
    edgeConnections: {
      total: env.COTTAGE_EDGE_CONNECTIONS,
      perClient: env.COTTAGE_EDGE_CONNECTIONS_PER_CLIENT,
    },
    baseDomain: env.COTTAGE_BASE_DOMAIN,
    publicUrl: env.COTTAGE_PUBLIC_URL,
    publicIpv4,
    publicEdgePort: env.COTTAGE_PUBLIC_EDGE_PORT,
    tls: certificate && key ? { certificate: resolve(certificate), key: resolve(key) } : undefined,
    adminEmail: env.COTTAGE_ADMIN,
    mailFrom: env.COTTAGE_MAIL_FROM,
    smtpUrl: env.COTTAGE_SMTP_URL,
    logLevel: env.COTTAGE_LOG,
    virtualClock: false,
    limits: limitsOf(env),
    artifactOrigins: env.COTTAGE_ARTIFACT_ORIGINS,
    downloadMs: env.COTTAGE_MAX_DOWNLOAD_SECONDS,
    ...overrides,
  };
}

function limitsOf(env: z.infer<typeof Environment>): ArtifactLimits {
  return {
    ...DEFAULT_LIMITS,
    archiveBytes: env.COTTAGE_MAX_ARCHIVE_MB,
    unpackedBytes: env.COTTAGE_MAX_UNPACKED_MB,
    fileBytes: env.COTTAGE_MAX_FILE_MB,
    files: env.COTTAGE_MAX_FILES,
    ratio: env.COTTAGE_MAX_RATIO,
    pathBytes: env.COTTAGE_MAX_PATH_BYTES,
    depth: env.COTTAGE_MAX_DEPTH,
  };
}

/** Read by the command line, not by the server. */
const CLI_VARIABLES = new Set(['COTTAGE_API', 'COTTAGE_TOKEN']);

/** Can only this machine reach it, to try things out? */
const isForOneself = (env: { COTTAGE_HOST: string; COTTAGE_PUBLIC_URL?: string | undefined }): boolean =>
  isLoopback(env.COTTAGE_HOST) && env.COTTAGE_PUBLIC_URL === undefined;

const isLoopback = (host: string): boolean => /^(127\.|localhost$|::1$)/.test(host);

function isBelow(publicUrl: string | undefined, domain: string): boolean {
  const host = publicUrl && new URL(publicUrl).hostname;
  return host === domain || (host?.endsWith(`.${domain}`) ?? false);
}

/** What the names of apps resolve to: what is said, or the address Cottage binds to, if it is one. */
function addressOfApps(env: {
  COTTAGE_PUBLIC_IPV4?: string | undefined;
  COTTAGE_HOST: string;
}): string | undefined {
  const { COTTAGE_PUBLIC_IPV4: said, COTTAGE_HOST: host } = env;
  if (said !== undefined) return said;
  if (isLoopback(host)) return '127.0.0.1';
  return isIPv4(host) && host !== '0.0.0.0' ? host : undefined;
}
