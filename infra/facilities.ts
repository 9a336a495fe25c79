import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { CfnConfigurationSet, CfnEmailIdentity } from 'aws-cdk-lib/aws-ses';
import type { AwsEnvironmentText } from '../shared/runtime/aws-environment.ts';
import { WORKFLOW_NAMES } from '../workflows/index.ts';
import type { CottageConfig } from './config.ts';
import type { Names } from './names.ts';

/** What the data stack makes, for functions to work with. */
export interface DataFacilities {
  records: ITable;
  bus: IEventBus;
  /** The zone of the base domain: the apex of all teams. */
  apex: IHostedZone;
  /** By `kid`. */
  signingKeys: ReadonlyMap<string, IKey>;
  mailIdentity: CfnEmailIdentity;
  mailConfiguration: CfnConfigurationSet;
}

/** What the edge stack makes, as text: it may stand in another region. */
export interface EdgeFacilities {
  distributionIds: { shared: string; edge: string };
  connectionGroupId: string;
  hostingEndpoint: string;
  keyValueStoreArn: string;
}

export interface Facilities {
  config: CottageConfig;
  names: Names;
  data: DataFacilities;
  edge: EdgeFacilities;
}

/** What every function is told. What it may do with it is in `grants.ts`. */
export function environmentOf({ config, names, data, edge }: Facilities): AwsEnvironmentText {
  const keys = [...data.signingKeys].map(([kid, key]) => [kid, key.keyArn]);
  const workflows = WORKFLOW_NAMES.map((workflow) => [workflow, names.stateMachineArn(workflow)]);
  return {
    BASE_DOMAIN: config.baseDomain,
    PUBLIC_URL: `https://${config.api.domainName}`,
    RECORDS_TABLE: data.records.tableName,
    INCOMING_BUCKET: names.bucket('incoming'),
    RELEASE_BUCKET: names.bucket('releases'),
    AUDIT_BUCKET: names.bucket('audit'),
    EVENT_BUS: data.bus.eventBusName,
    EVENT_SOURCE: names.eventSource,
    STATE_MACHINES: JSON.stringify(Object.fromEntries(workflows)),
    SIGNING_KEYS: JSON.stringify(Object.fromEntries(keys)),
    SIGNING_KID: config.signingKeys[0] ?? '',
    MAIL_FROM: config.senders.from,
    MAIL_CONFIGURATION_SET: data.mailConfiguration.ref,
    DISTRIBUTIONS: JSON.stringify(edge.distributionIds),
    CONNECTION_GROUP_ID: edge.connectionGroupId,
    HOSTING_ENDPOINT: edge.hostingEndpoint,
    EDGE_KEY_VALUE_STORE: edge.keyValueStoreArn,
    OIDC_ISSUER: config.oidc.issuer,
    OIDC_AUDIENCE: config.oidc.audience,
    OIDC_ROLES_CLAIM: config.oidc.rolesClaim,
    OIDC_ROLES: JSON.stringify(config.oidc.roles),
    ADMINS: JSON.stringify(config.admins),
    LIMITS: JSON.stringify(config.limits),
  };
}
