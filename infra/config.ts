import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { type ArtifactLimits, DEFAULT_LIMITS } from '../shared/artifacts/limits.ts';

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const HostName = z
  .string()
  .regex(new RegExp(`^${LABEL}(?:\\.${LABEL})+$`), 'a host name in small letters, such as apps.example.com');
const MailAddress = z.email('a mail address, such as cottage@example.com');
const Days = z.int().min(1);

const MB = 1_000_000;
const Megabytes = z
  .number()
  .positive()
  .max(100, 'at most 100: no Lambda function holds more of an upload at a time')
  .transform((megabytes) => Math.round(megabytes * MB));
const Count = z.int().min(1);

const Limits = z
  .strictObject({
    archiveMb: Megabytes.optional(),
    unpackedMb: z
      .number()
      .positive()
      .transform((megabytes) => Math.round(megabytes * MB))
      .optional(),
    fileMb: Megabytes.optional(),
    files: Count.max(100_000).optional(),
    ratio: Count.optional(),
    pathBytes: Count.max(
      680,
      'at most 680: where a folder leads is stored in the 2,048 bytes that S3 has for metadata, and each byte may take three',
    ).optional(),
    depth: Count.optional(),
  })
  .prefault({});

/** What `cottage.config.json` may hold; `docs/aws.md` explains each field. Sizes are in MB of 1,000,000 bytes. */
export const ConfigSchema = z
  .strictObject({
    /** Editors complete and check the file by it. */
    $schema: z.string().optional(),
    /** What this Cottage is called in its account: the beginning of every name that has to be given. */
    name: z
      .string()
      .regex(
        /^[a-z][a-z0-9-]{1,18}[a-z0-9]$/,
        '3 to 20 small letters, digits and hyphens, beginning with a letter',
      )
      .default('cottage'),
    /** The apex below which every team has its zone. At most 40 characters: a certificate's first name has 64. */
    baseDomain: HostName.max(40, 'at most 40 characters, so that a certificate has room for the team'),
    api: z.strictObject({
      domainName: HostName,
      certificateArn: z
        .string()
        .regex(
          /^arn:aws[\w-]*:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/,
          "the ARN of an ACM certificate for the API's name",
        ),
    }),
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region of AWS, such as eu-central-1'),
    /** Left out: the account of whoever deploys. */
    account: z
      .string()
      .regex(/^\d{12}$/, 'the twelve digits of an account, in quotation marks')
      .optional(),
    senders: z.strictObject({
      /** Its domain becomes an identity of SES. */
      from: MailAddress,
    }),
    admins: z.array(MailAddress).min(1, 'at least one: somebody has to be told when something is wrong'),
    alarmMail: MailAddress,
    oidc: z.strictObject({
      issuer: z.url({
        protocol: /^https$/,
        error: 'an https:// address, as the provider writes it in its tokens',
      }),
      audience: z.string().min(1),
      groupsClaim: z.string().min(1).default('groups'),
      /** What a group makes of somebody: `admin`, `auditor`, `lead:<team>`, ... */
      roles: z.record(z.string().min(1), z.array(z.string().min(1)).min(1)).default({}),
    }),
    /** Signing keys by their `kid`; the first signs, the others still verify. */
    signingKeys: z
      .array(z.string().regex(/^[A-Za-z0-9_-]{1,32}$/, '1 to 32 letters, digits, - and _'))
      .min(1)
      .max(5)
      .refine((kids) => new Set(kids).size === kids.length, 'each only once')
      .default(['k1']),
    logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    limits: Limits,
    /** What each team may spend a month before somebody is told. */
    teams: z
      .array(
        z.strictObject({
          name: z.string().regex(new RegExp(`^${LABEL}$`), 'the name of a team, such as finance'),
          costCentre: z.string().min(1).max(64),
          monthlyBudgetUsd: z.number().positive(),
        }),
      )
      .default([]),
    retention: z
      .strictObject({
        logDays: Days.default(90),
        /** Not even an administrator shortens it once it is written. */
        auditDays: Days.default(365),
      })
      .prefault({}),
    /** On everything that takes tags, beside Cottage's own. */
    tags: z
      .record(z.string().regex(/^(?!aws:|cottage:)[\w .:/=+@-]{1,128}$/), z.string().max(256))
      .default({}),
  })
  .superRefine((config, context) => {
    if (registrable(config.baseDomain) === registrable(config.api.domainName)) {
      context.addIssue({
        code: 'custom',
        path: ['api', 'domainName'],
        message: `choose a name outside ${registrable(config.baseDomain)}: apps are other people's code, and a page beside them could be tricked by their cookies`,
      });
    }
    const region = config.api.certificateArn.split(':')[3];
    if (region !== config.region) {
      context.addIssue({
        code: 'custom',
        path: ['api', 'certificateArn'],
        message: `it is of ${region}; the API stands in ${config.region}, and takes a certificate of that region`,
      });
    }
    const names = config.teams.map(({ name }) => name);
    if (new Set(names).size < names.length) {
      context.addIssue({ code: 'custom', path: ['teams'], message: 'name each team only once' });
    }
  });

export type CottageConfig = Omit<z.output<typeof ConfigSchema>, 'limits'> & { limits: ArtifactLimits };

/** What is wrong with the configuration file, a line for each field, and what to do about it. */
export class ConfigurationRefused extends Error {
  override readonly name = 'ConfigurationRefused';
}

/** @throws ConfigurationRefused when the file is not there, no JSON, or says what it may not. */
export function readConfig(path: string): CottageConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : 'cannot be read';
    throw new ConfigurationRefused(`${path} ${why}. Copy cottage.config.example.json to begin with.`, {
      cause: error,
    });
  }
  return parseConfig(text, path);
}

/** @param path as the messages name it. @throws ConfigurationRefused */
export function parseConfig(text: string, path: string): CottageConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ConfigurationRefused(`${path} is no JSON: ${(error as Error).message}`, { cause: error });
  }
  const parsed = ConfigSchema.safeParse(value);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${path}: ${fieldOf(issue)}${issue.message}`);
    throw new ConfigurationRefused(lines.join('\n'));
  }
  const { limits, ...config } = parsed.data;
  return { ...config, limits: limitsOf(limits) };
}

const fieldOf = ({ path }: z.core.$ZodIssue): string => (path.length === 0 ? '' : `${path.join('.')}: `);

function limitsOf(limits: z.output<typeof Limits>): ArtifactLimits {
  return {
    ...DEFAULT_LIMITS,
    archiveBytes: limits.archiveMb ?? DEFAULT_LIMITS.archiveBytes,
    unpackedBytes: limits.unpackedMb ?? DEFAULT_LIMITS.unpackedBytes,
    fileBytes: limits.fileMb ?? DEFAULT_LIMITS.fileBytes,
    files: limits.files ?? DEFAULT_LIMITS.files,
    ratio: limits.ratio ?? DEFAULT_LIMITS.ratio,
    pathBytes: limits.pathBytes ?? DEFAULT_LIMITS.pathBytes,
    depth: limits.depth ?? DEFAULT_LIMITS.depth,
  };
}

/** Second-level labels that countries sell names below, as in `example.co.uk`. The whole list is the Public Suffix List. */
const SHARED_SECOND_LEVEL = new Set(['ac', 'co', 'com', 'edu', 'go', 'gov', 'ne', 'net', 'or', 'org']);

/** The domain somebody registered, as well as one can tell by looking. */
function registrable(host: string): string {
  const labels = host.split('.');
  const isShared = labels.length > 2 && SHARED_SECOND_LEVEL.has(labels.at(-2) ?? '');
  return labels.slice(isShared ? -3 : -2).join('.');
}
