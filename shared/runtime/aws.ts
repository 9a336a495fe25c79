import { ACMClient } from '@aws-sdk/client-acm';
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { Route53Client } from '@aws-sdk/client-route-53';
import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { Apps } from '../apps/apps.ts';
import { appTags, teamTags } from '../apps/tags.ts';
import { S3KeptHeads } from '../audit/s3-kept-heads.ts';
import { S3BlobStore } from '../blobs/s3-blob-store.ts';
import { AcmCertificates } from '../certificates/acm-certificates.ts';
import { type Clock, systemClock } from '../clock/clock.ts';
import { Route53Dns } from '../dns/route53-dns.ts';
import { AwsInspection } from '../doctor/aws-inspection.ts';
import { HttpsDownloads } from '../downloads/https-downloads.ts';
import { Effects } from '../effects/effects.ts';
import { NotFound } from '../errors/errors.ts';
import { EventBridgeEvents } from '../events/event-bridge-events.ts';
import type { Events } from '../events/events.ts';
import { CloudFrontHosting } from '../hosting/cloudfront-hosting.ts';
import { cloudFrontObjects } from '../hosting/cloudfront-objects.ts';
import { NodeEdgeProbe } from '../hosting/node-edge-probe.ts';
import { OidcIdentity } from '../identity/oidc-identity.ts';
import type { AppId } from '../ids/ids.ts';
import type { Mail } from '../mail/mail.ts';
import { SesMail } from '../mail/ses-mail.ts';
import { DynamoDbRecordStore } from '../records/dynamodb-record-store.ts';
import type { RecordStore } from '../records/record-store.ts';
import { collectReleases } from '../releases/collect.ts';
import { KmsSigner } from '../signer/kms-signer.ts';
import { Teams } from '../teams/teams.ts';
import type { WorkflowName } from '../workflow/engine.ts';
import { StepFunctionsEngine } from '../workflow/step-functions-engine.ts';
import type { Deps, Settings } from './deps.ts';
import type { AwsEnvironment } from './environment.ts';
import type { Log } from './log.ts';
import { repositories } from './repositories.ts';

/** The ports that not every function has; records, every one has. */
export const PORT_NAMES = [
  'blobs',
  'certificates',
  'dns',
  'downloads',
  'engine',
  'events',
  'hosting',
  'identity',
  'inspection',
  'keptHeads',
  'mail',
  'probe',
  'signer',
] as const;
export type PortName = (typeof PORT_NAMES)[number];

/** What the AWS edition stands on besides its records. */
export type AwsPorts = Pick<Deps & { mail: Mail; events: Events }, PortName>;

/** How each port is made; those a function has. */
export type PortMakers = { [Port in PortName]?: (given: Given) => AwsPorts[Port] };

/** What a port is made of. */
interface Given {
  environment: AwsEnvironment;
  sdk: SdkConfig;
  clock: Clock;
  store: RecordStore;
}

export type HeavyParts = Partial<Pick<Deps, 'scanner' | 'policies'>>;

export interface OpenAwsOptions {
  /** The function that is opened, as `publish-go-live`: whoever asks for a port it lacks reads this name. */
  name: string;
  environment: AwsEnvironment;
  log: Log;
  /** What the function uses: makers of this file, by their ports. Records are there in any case. */
  ports: PortMakers;
  /** What is large, and of use to a single function: the others are loaded without it. */
  heavy?: HeavyParts;
  /** How the SDK's clients are made, where not as on AWS: their endpoint, credentials, and patience. */
  sdk?: SdkConfig;
  /** Parts a test brings in place of the ordinary ones. */
  replace?: Partial<AwsPorts> & Partial<Pick<Deps, 'clock' | 'store'>>;
}

/** What every client of the SDK takes. */
export type SdkConfig = Pick<
  DynamoDBClientConfig,
  'endpoint' | 'region' | 'credentials' | 'maxAttempts' | 'retryMode' | 'retryStrategy'
>;

/** The SDK repeats what was throttled or got lost, twice; what is left is for the workflow's own retries. */
const SDK: SdkConfig = { retryMode: 'standard', maxAttempts: 3 };

/**
 * The composition root of the AWS edition: the one place that names its adapters. Called once for each cold start;
 * clients are made here and nowhere else. Makes no call.
 */
export function openAws(options: OpenAwsOptions): Deps {
  const { name, environment, log, heavy = {}, replace = {} } = options;
  const { clock = systemClock, store = makeStore(environment, sdkOf(options)), ...replaced } = replace;
  const given = { environment, clock, store, sdk: sdkOf(options) };
  const { mail, events, ...ports } = { ...makePorts(name, options.ports, given), ...replaced };
  const deps: Deps = {
    ...ports,
    store,
    settings: settingsOf(environment),
    checkHealth: async () => void (await store.get(NO_RECORD)),
    clock,
    log,
    scanner: missing(`${name} was made without a scanner`),
    policies: missing(`${name} was made without the policies`),
    ...heavy,
    effects: new Effects({
      store,
      clock,
      mail,
      events,
      engine: ports.engine,
      log,
      collectReleases: (app) => collectReleases(app, deps),
    }),
    ...repositories(store),
  };
  return deps;
}

const sdkOf = ({ sdk }: OpenAwsOptions): SdkConfig => ({ ...SDK, ...sdk });

/** There is none: asking for it tells whether the table answers. */
const NO_RECORD = { pk: 'health', sk: 'health' };

/** The ports of a function; those it has no maker for say so when they are asked for anything. */
function makePorts(name: string, makers: PortMakers, given: Given): AwsPorts {
  const ports = PORT_NAMES.map((port) => [
    port,
    makers[port]?.(given) ??
      missing(`${name} was made without the port "${port}": infra/functions.ts lists no use of it`),
  ]);
  return Object.fromEntries(ports) as AwsPorts;
}

const makeStore = (environment: AwsEnvironment, sdk: SdkConfig): RecordStore =>
  new DynamoDbRecordStore({ client: new DynamoDBClient(sdk), table: environment.COTTAGE_TABLE });

// The makers. Each is exported by itself, so that a function's bundle holds those that its entry names and no other.

export const makeEngine = ({ environment, sdk }: Given): Deps['engine'] =>
  new StepFunctionsEngine({
    client: new SFNClient(sdk),
    stateMachines: stateMachines(environment.COTTAGE_STATE_MACHINES),
  });

export const makeProbe = ({ environment }: Given): Deps['probe'] => {
  const edge = { host: environment.COTTAGE_EDGE_ENDPOINT, port: 443 };
  return new NodeEdgeProbe({ address: () => edge });
};

export const makeDownloads = ({ environment }: Given): Deps['downloads'] =>
  new HttpsDownloads({ rules: downloadRules(environment) });

export const makeBlobs = ({ environment, sdk }: Given): Deps['blobs'] =>
  new S3BlobStore({
    client: new S3Client(sdk),
    incomingBucket: environment.COTTAGE_INCOMING_BUCKET,
    releaseBucket: environment.COTTAGE_RELEASE_BUCKET,
  });

export const makeHosting = ({ environment, sdk, store }: Given): Deps['hosting'] =>
  new CloudFrontHosting({
    client: new CloudFrontClient(sdk),
    distributionId: environment.COTTAGE_DISTRIBUTIONS.shared,
    edgeDistributionId: environment.COTTAGE_DISTRIBUTIONS.edge,
    connectionGroupId: environment.COTTAGE_CONNECTION_GROUP,
    certificateFor: certificateOf(new Teams(store), environment.COTTAGE_BASE_DOMAIN),
    tagsFor: tagsOf(new Apps(store)),
  });

export const makeDns = ({ environment, sdk }: Given): Deps['dns'] =>
  new Route53Dns({
    client: new Route53Client(sdk),
    tagsFor: (zone) => teamTags(teamIn(zone, environment.COTTAGE_BASE_DOMAIN)),
  });

/** CloudFront takes certificates of this region, whichever the rest is in. */
const CERTIFICATE_REGION = 'us-east-1';

export const makeCertificates = ({ environment, sdk }: Given): Deps['certificates'] =>
  new AcmCertificates({
    client: new ACMClient({ ...sdk, region: CERTIFICATE_REGION }),
    tagsFor: ([name = '']) => teamTags(teamIn(name, environment.COTTAGE_BASE_DOMAIN)),
  });

export const makeIdentity = ({ environment }: Given): Deps['identity'] =>
  new OidcIdentity({
    issuer: environment.COTTAGE_OIDC_ISSUER,
    audience: environment.COTTAGE_OIDC_AUDIENCE,
    groupsClaim: environment.COTTAGE_OIDC_GROUPS_CLAIM,
    rolesByGroup: environment.COTTAGE_OIDC_ROLES,
  });

export const makeSigner = ({ environment, sdk }: Given): Deps['signer'] =>
  new KmsSigner({
    client: new KMSClient(sdk),
    current: environment.COTTAGE_SIGNING_KID,
    keys: environment.COTTAGE_SIGNING_KEYS,
  });

export const makeMail = ({ environment, sdk, clock, store }: Given): Mail =>
  new SesMail({
    client: new SESv2Client(sdk),
    from: environment.COTTAGE_MAIL_FROM,
    configurationSet: environment.COTTAGE_MAIL_CONFIGURATION_SET,
    clock,
    store,
  });

export const makeEvents = ({ environment, sdk }: Given): Events =>
  new EventBridgeEvents({ client: new EventBridgeClient(sdk), bus: environment.COTTAGE_EVENT_BUS });

export const makeKeptHeads = ({ environment, sdk }: Given): Deps['keptHeads'] =>
  new S3KeptHeads({ client: new S3Client(sdk), bucket: environment.COTTAGE_AUDIT_BUCKET });

export const makeInspection = ({ environment, sdk }: Given): Deps['inspection'] =>
  new AwsInspection({
    clients: {
      dynamodb: new DynamoDBClient(sdk),
      route53: new Route53Client(sdk),
      sfn: new SFNClient(sdk),
      acm: new ACMClient({ ...sdk, region: CERTIFICATE_REGION }),
      kms: new KMSClient(sdk),
      ses: new SESv2Client(sdk),
    },
    table: environment.COTTAGE_TABLE,
    baseDomain: environment.COTTAGE_BASE_DOMAIN,
    publishStateMachine: `${environment.COTTAGE_STATE_MACHINES}publish`,
    signingKeys: environment.COTTAGE_SIGNING_KEYS,
    mailFrom: environment.COTTAGE_MAIL_FROM,
  });

/** Every maker, by its port: for who opens many functions, or one that has everything. */
export const PORT_MAKERS: Required<PortMakers> = {
  blobs: makeBlobs,
  certificates: makeCertificates,
  dns: makeDns,
  downloads: makeDownloads,
  engine: makeEngine,
  events: makeEvents,
  hosting: makeHosting,
  identity: makeIdentity,
  inspection: makeInspection,
  keptHeads: makeKeptHeads,
  mail: makeMail,
  probe: makeProbe,
  signer: makeSigner,
};

/** The team whose zone a name is in, or is: the label in front of the base domain. */
const teamIn = (name: string, baseDomain: string): string =>
  name
    .slice(0, -baseDomain.length - 1)
    .split('.')
    .at(-1) ?? '';

/** Whose the app is and what kind of data it shows, as the catalog says when its name is bound. */
const tagsOf = (apps: Apps) => async (app: AppId) => {
  const found = (await apps.find(app))?.value;
  return found ? appTags(found) : {};
};

/** The certificate of the team whose zone the host is in. */
const certificateOf = (teams: Teams, baseDomain: string) => async (host: string) => {
  const certificateId = (await teams.find(teamIn(host, baseDomain)))?.value.certificateId;
  if (certificateId === undefined) throw new NotFound(`${host} has no certificate yet`);
  return certificateId;
};

/** By any workflow's name: what is asked for is what there is. */
const stateMachines = (prefix: string) =>
  new Proxy({} as Record<WorkflowName, string>, { get: (_, workflow) => `${prefix}${String(workflow)}` });

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
    objectsOf: cloudFrontObjects,
    admins: environment.COTTAGE_ADMINS,
    limits: environment.COTTAGE_LIMITS,
    examines: 'at-night',
    downloads: downloadRules(environment),
  };
}

/** The open internet, and nothing besides. */
const downloadRules = (environment: AwsEnvironment) => ({
  baseDomain: environment.COTTAGE_BASE_DOMAIN,
  origins: [],
});
