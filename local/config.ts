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
  if (!parsed.success || wrong.length > 0) throw new ConfigurationRefused(wrong.join('\n'));
  const env = parsed.data;
  const loopback = /^(127\.|localhost$|::1$)/.test(env.COTTAGE_HOST);
  return {
    dataFolder: resolve(env.COTTAGE_DATA),
    host: env.COTTAGE_HOST,
    apiPort: env.COTTAGE_API_PORT,
    edgePort: env.COTTAGE_EDGE_PORT,
    dnsPort: env.COTTAGE_DNS_PORT,
    baseDomain: env.COTTAGE_BASE_DOMAIN,
    publicUrl: env.COTTAGE_PUBLIC_URL,
    publicIpv4: env.COTTAGE_PUBLIC_IPV4 ?? (loopback ? '127.0.0.1' : env.COTTAGE_HOST),
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
