import { isIPv4 } from 'node:net';
import { resolve } from 'node:path';
import * as z from 'zod';

const Port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.int().max(65_535));

const Domain = z
  .string()
  .toLowerCase()
  .regex(/^(?=.{1,40}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/);

/** Every variable the single-node edition reads, in one place; `docs/configuration.md` explains each. */
const Environment = z.object({
  COTTAGE_DATA: z.string().min(1).default('.cottage'),
  COTTAGE_HOST: z.string().min(1).default('127.0.0.1'),
  COTTAGE_API_PORT: Port.default(4600),
  COTTAGE_EDGE_PORT: Port.default(4643),
  COTTAGE_DNS_PORT: Port.default(4653),
  COTTAGE_BASE_DOMAIN: Domain.default('apps.localhost'),
  COTTAGE_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  COTTAGE_PUBLIC_IPV4: z.ipv4().optional(),
  COTTAGE_ADMIN: z.email().toLowerCase().default('admin@cottage.localhost'),
  COTTAGE_MAIL_FROM: z.email().default('cottage@cottage.localhost'),
  COTTAGE_SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  COTTAGE_LOG: z.enum(['debug', 'info', 'warn', 'error']).default('warn'),
});

/** How one single-node Cottage is set up. */
export interface LocalConfig {
  dataFolder: string;
  /** The address every server binds to. */
  host: string;
  apiPort: number;
  edgePort: number;
  dnsPort: number;
  baseDomain: string;
  publicUrl?: string | undefined;
  /** What the names of apps resolve to. */
  publicIpv4: string;
  adminEmail: string;
  mailFrom: string;
  smtpUrl?: string | undefined;
  logLevel: 'debug' | 'info' | 'warn' | 'error';
  virtualClock: boolean;
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
  if (!parsed.success || publicIpv4 === undefined || wrong.length > 0)
    throw new ConfigurationRefused(wrong.join('\n'));
  const env = parsed.data;
  return {
    dataFolder: resolve(env.COTTAGE_DATA),
    host: env.COTTAGE_HOST,
    apiPort: env.COTTAGE_API_PORT,
    edgePort: env.COTTAGE_EDGE_PORT,
    dnsPort: env.COTTAGE_DNS_PORT,
    baseDomain: env.COTTAGE_BASE_DOMAIN,
    publicUrl: env.COTTAGE_PUBLIC_URL,
    publicIpv4,
    adminEmail: env.COTTAGE_ADMIN,
    mailFrom: env.COTTAGE_MAIL_FROM,
    smtpUrl: env.COTTAGE_SMTP_URL,
    logLevel: env.COTTAGE_LOG,
    virtualClock: false,
    ...overrides,
  };
}

/** Read by the command line, not by the server. */
const CLI_VARIABLES = new Set(['COTTAGE_API', 'COTTAGE_TOKEN']);

/** What the names of apps resolve to: what is said, or the address Cottage binds to, if it is one. */
function addressOfApps(env: {
  COTTAGE_PUBLIC_IPV4?: string | undefined;
  COTTAGE_HOST: string;
}): string | undefined {
  const { COTTAGE_PUBLIC_IPV4: said, COTTAGE_HOST: host } = env;
  if (said !== undefined) return said;
  if (/^(127\.|localhost$|::1$)/.test(host)) return '127.0.0.1';
  return isIPv4(host) && host !== '0.0.0.0' ? host : undefined;
}
