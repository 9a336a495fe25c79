import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { Apps } from '../apps/apps.ts';
import { systemClock } from '../clock/clock.ts';
import { Decisions } from '../decisions/decisions.ts';
import { HttpsDownloads } from '../downloads/https-downloads.ts';
import { Effects } from '../effects/effects.ts';
import type { Events } from '../events/events.ts';
import { NodeEdgeProbe } from '../hosting/node-edge-probe.ts';
import type { Mail } from '../mail/mail.ts';
import { NameClaims } from '../names/claims.ts';
import { Platforms } from '../platforms/platforms.ts';
import { Publishes } from '../publishes/publishes.ts';
import { DynamoDbRecordStore } from '../records/dynamodb-record-store.ts';
import { collectReleases } from '../releases/collect.ts';
import { Releases } from '../releases/releases.ts';
import { Teams } from '../teams/teams.ts';
import { Uploads } from '../uploads/uploads.ts';
import type { WorkflowName } from '../workflow/engine.ts';
import { StepFunctionsEngine } from '../workflow/step-functions-engine.ts';
import type { Deps, Settings } from './deps.ts';
import type { AwsEnvironment } from './environment.ts';
import type { Log } from './log.ts';

/** Everything outside that the AWS edition stands on. */
export interface AwsPorts
  extends Pick<
    Deps,
    | 'store'
    | 'blobs'
    | 'downloads'
    | 'hosting'
    | 'probe'
    | 'dns'
    | 'certificates'
    | 'engine'
    | 'identity'
    | 'signer'
    | 'keptHeads'
    | 'inspection'
  > {
  mail: Mail;
  events: Events;
}

export type HeavyParts = Partial<Pick<Deps, 'scanner' | 'policies'>>;

export interface OpenAwsOptions {
  environment: AwsEnvironment;
  log: Log;
  /** What is large, and of use to a single function: the others are loaded without it. */
  heavy?: HeavyParts;
  /** Parts a test brings in place of the ordinary ones. */
  replace?: Partial<AwsPorts> & Partial<Pick<Deps, 'clock'>>;
}

/** The SDK repeats what was throttled or got lost, twice; what is left is for the workflow's own retries. */
const CLIENT = { retryMode: 'standard', maxAttempts: 3 } as const;

/**
 * The composition root of the AWS edition: the one place that names its adapters. Called once for each cold start;
 * clients are made here and nowhere else. Makes no call.
 */
export function openAws({ environment, log, heavy = {}, replace = {} }: OpenAwsOptions): Deps {
  const { clock = systemClock, ...ports } = replace;
  const { mail, events, ...parts } = { ...makePorts(environment), ...ports };
  const { store, engine } = parts;
  const deps: Deps = {
    ...parts,
    settings: settingsOf(environment),
    checkHealth: async () => void (await store.get(NO_RECORD)),
    clock,
    log,
    scanner: missing('this function was made without a scanner'),
    policies: missing('this function was made without the policies'),
    ...heavy,
    effects: new Effects({
      store,
      clock,
      mail,
      events,
      engine,
      log,
      collectReleases: (app) => collectReleases(app, deps),
    }),
    apps: new Apps(store),
    publishes: new Publishes(store),
    releases: new Releases(store),
    names: new NameClaims(store),
    teams: new Teams(store),
    platforms: new Platforms(store),
    decisions: new Decisions(store),
    uploads: new Uploads(store),
  };
  return deps;
}

/** There is none: asking for it tells whether the table answers. */
const NO_RECORD = { pk: 'health', sk: 'health' };

function makePorts(environment: AwsEnvironment): AwsPorts {
  const edge = { host: environment.COTTAGE_EDGE_ENDPOINT, port: 443 };
  return {
    store: new DynamoDbRecordStore({ client: new DynamoDBClient(CLIENT), table: environment.COTTAGE_TABLE }),
    engine: new StepFunctionsEngine({
      client: new SFNClient(CLIENT),
      stateMachines: stateMachines(environment.COTTAGE_STATE_MACHINES),
    }),
    probe: new NodeEdgeProbe({ address: () => edge }),
    downloads: new HttpsDownloads({ rules: downloadRules(environment) }),
    blobs: notYet('BlobStore'),
    hosting: notYet('Hosting'),
    dns: notYet('Dns'),
    certificates: notYet('Certificates'),
    identity: notYet('Identity'),
    signer: notYet('Signer'),
    keptHeads: notYet('KeptHeads'),
    inspection: notYet('Inspection'),
    mail: notYet('Mail'),
    events: notYet('Events'),
  };
}

/** By any workflow's name: what is asked for is what there is. */
const stateMachines = (prefix: string) =>
  new Proxy({} as Record<WorkflowName, string>, { get: (_, workflow) => `${prefix}${String(workflow)}` });

/** Stands where the adapter of a port will. */
const notYet = (port: string) => missing(`the AWS edition has no adapter for ${port} yet`);

/** Stands where a part would; says why it is not there as soon as anything is asked of it. */
const missing = (why: string) => {
  const refuse = () => {
    throw new Error(why);
  };
  return new Proxy(refuse as never, { get: refuse });
};

function settingsOf(environment: AwsEnvironment): Settings {
  return {
    publicUrl: environment.COTTAGE_PUBLIC_URL,
    baseDomain: environment.COTTAGE_BASE_DOMAIN,
    appUrl: (host) => `https://${host}`,
    hostingEndpoint: { kind: 'name', name: environment.COTTAGE_EDGE_ENDPOINT },
    admins: environment.COTTAGE_ADMINS,
    limits: environment.COTTAGE_LIMITS,
    downloads: downloadRules(environment),
  };
}

/** The open internet, and nothing besides. */
const downloadRules = (environment: AwsEnvironment) => ({
  baseDomain: environment.COTTAGE_BASE_DOMAIN,
  origins: [],
});
