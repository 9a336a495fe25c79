import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { CfnConfigurationSet, CfnEmailIdentity } from 'aws-cdk-lib/aws-ses';
import type { AwsVariables } from '../shared/runtime/environment.ts';
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
export function environmentOf({ config, names, data, edge }: Facilities): AwsVariables {
  const keys = [...data.signingKeys].map(([kid, key]) => [kid, key.keyArn]);
  return {
    COTTAGE_BASE_DOMAIN: config.baseDomain,
    COTTAGE_PUBLIC_URL: `https://${config.api.domainName}`,
    COTTAGE_ADMINS: config.admins.join(','),
    COTTAGE_TABLE: data.records.tableName,
    COTTAGE_STATE_MACHINES: names.stateMachines,
    COTTAGE_INCOMING_BUCKET: names.bucket('incoming'),
    COTTAGE_RELEASE_BUCKET: names.bucket('releases'),
    COTTAGE_AUDIT_BUCKET: names.bucket('audit'),
    COTTAGE_EVENT_BUS: data.bus.eventBusName,
    COTTAGE_SIGNING_KEYS: JSON.stringify(Object.fromEntries(keys)),
    COTTAGE_SIGNING_KID: config.signingKeys[0] ?? '',
    COTTAGE_MAIL_FROM: config.senders.from,
    COTTAGE_MAIL_CONFIGURATION_SET: data.mailConfiguration.ref,
    COTTAGE_DISTRIBUTIONS: JSON.stringify(edge.distributionIds),
    COTTAGE_CONNECTION_GROUP: edge.connectionGroupId,
    COTTAGE_EDGE_ENDPOINT: edge.hostingEndpoint,
    COTTAGE_EDGE_KEYS: edge.keyValueStoreArn,
    COTTAGE_OIDC_ISSUER: config.oidc.issuer,
    COTTAGE_OIDC_AUDIENCE: config.oidc.audience,
    COTTAGE_OIDC_GROUPS_CLAIM: config.oidc.groupsClaim,
    COTTAGE_OIDC_ROLES: JSON.stringify(config.oidc.roles),
    COTTAGE_LOG: config.logLevel,
    COTTAGE_LIMITS: JSON.stringify(config.limits),
  };
}
