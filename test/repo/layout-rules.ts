import { posix } from 'node:path';
import type { Import } from './sources.ts';

/** Files beside a port whose name begins so are its adapters, by edition. */
const ADAPTERS = {
  'single-node': ['local-', 'sqlite-'],
  aws: [
    'aws-',
    'dynamodb-',
    's3-',
    'cloudfront-',
    'route53-',
    'acm-',
    'ses-',
    'kms-',
    'step-functions-',
    'event-bridge-',
  ],
  // Made of what every machine has: each edition's composition root may name it, and it knows neither edition.
  both: ['node-', 'https-', 'oidc-'],
} as const;

type Edition = keyof typeof ADAPTERS;

/** The only places that may name adapters and make them, each those of its edition. */
const COMPOSITION_ROOTS: Record<string, Edition> = {
  'local/main.ts': 'single-node',
  'shared/runtime/aws.ts': 'aws',
};

/** Every port: the interface, and the file it stands in. A new port gets its line here. */
export const PORTS: Record<string, string> = {
  BlobStore: 'shared/blobs/blob-store.ts',
  Certificates: 'shared/certificates/certificates.ts',
  Clock: 'shared/clock/clock.ts',
  Dns: 'shared/dns/dns.ts',
  Downloads: 'shared/downloads/downloads.ts',
  Events: 'shared/events/events.ts',
  EdgeProbe: 'shared/hosting/edge-probe.ts',
  Hosting: 'shared/hosting/hosting.ts',
  Identity: 'shared/identity/identity.ts',
  Inspection: 'shared/doctor/inspection.ts',
  KeptHeads: 'shared/audit/kept-heads.ts',
  Mail: 'shared/mail/mail.ts',
  RecordStore: 'shared/records/record-store.ts',
  Signer: 'shared/signer/signer.ts',
  WorkflowEngine: 'shared/workflow/engine.ts',
};

/** The only product files that read the environment, one an edition; the parsers are handed what they found. */
export const ENVIRONMENT_READERS = ['cli/config.ts', 'functions/aws/runtime.ts'];

/** The files that say which variables there are; `docs/configuration.md` explains them. */
export const ENVIRONMENT_PARSERS = ['cli/config.ts', 'local/config.ts', 'shared/runtime/environment.ts'];

const SDK = /^@(aws-sdk|smithy)\//;

/** The edition an adapter is of; undefined when the file is none. */
export function editionOf(path: string): Edition | undefined {
  if (!path.startsWith('shared/')) return undefined;
  const name = posix.basename(path);
  const editions = Object.keys(ADAPTERS) as Edition[];
  return editions.find((edition) => ADAPTERS[edition].some((prefix) => name.startsWith(prefix)));
}

/** The layout rule this import breaks, as a sentence; undefined when it breaks none. */
export function brokenRule(from: string, { target, typeOnly }: Import): string | undefined {
  if (from.startsWith('test/')) return undefined;
  const isRoot = Object.hasOwn(COMPOSITION_ROOTS, from);
  const edition = isRoot ? COMPOSITION_ROOTS[from] : editionOf(from);
  const targetEdition = editionOf(target);
  const isDomain = from.startsWith('shared/') && edition === undefined && !isRoot;

  // A benchmark may measure what only tests can play, as the AWS edition over fakes.
  if (target.startsWith('test/') && !from.startsWith('bench/')) return 'only tests import from test/';
  if (SDK.test(target) && edition !== 'aws' && !from.startsWith('infra/')) {
    return 'only adapters of the AWS edition know its SDK';
  }
  if (targetEdition !== undefined) {
    if (edition !== undefined && targetEdition !== 'both' && edition !== targetEdition)
      return 'no adapter of one edition in the other';
    if (edition === undefined && !(from.startsWith('local/') && typeOnly)) {
      return 'only the composition roots name adapters';
    }
  }
  if (isDomain && /^(functions|local|cli)\//.test(target)) return 'shared/ stands below everything else';
  if (from.startsWith('functions/') && /^(local|cli)\//.test(target)) return 'functions/ know no edition';
  return undefined;
}

/** The names of an interface's methods; undefined when the text has no such interface. */
export function methodsOf(text: string, name: string): string[] | undefined {
  const start = new RegExp(`^export interface ${name}\\b[^{]*\\{\\n`, 'm').exec(text);
  if (start === null) return undefined;
  const body = text.slice(start.index + start[0].length);
  const lines = body.slice(0, body.search(/^\}/m)).split('\n');
  // A member of the interface itself is indented once; what is inside it, deeper.
  return lines.flatMap((line) => /^ {2}(\w+)\??(?:\(|<|: \()/.exec(line)?.[1] ?? []);
}
