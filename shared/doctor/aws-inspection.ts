import type { ACMClient } from '@aws-sdk/client-acm';
import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { Route53Client } from '@aws-sdk/client-route-53';
import type { SESv2Client } from '@aws-sdk/client-sesv2';
import { ListExecutionsCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { zonesAtOrBelow } from '../dns/route53-zones.ts';
import { orBusy } from '../errors/aws-busy.ts';
import { CorruptRecord } from '../errors/errors.ts';
import { counterKeyOf, fromItem, isCounter } from '../records/dynamodb-items.ts';
import { retrying, WAITING, type Waiting } from '../records/dynamodb-retries.ts';
import type { Key, StoredRecord } from '../records/record-store.ts';
import { RECORDS_TABLE } from '../records/table.ts';
import { unusableKeys, unusedCertificates, wrongWithMail } from './aws-account.ts';
import type { DamagedRecord, Inspection } from './inspection.ts';
import type { Found } from './problems.ts';
import type { World } from './world.ts';

export interface AwsInspectionOptions {
  /** They belong to the caller, who also destroys them. That of ACM is for us-east-1, where CloudFront takes certificates from. */
  clients: {
    dynamodb: DynamoDBClient;
    route53: Route53Client;
    sfn: SFNClient;
    acm: ACMClient;
    kms: KMSClient;
    ses: SESv2Client;
  };
  /** The name of the table of the records. */
  table: string;
  /** Zones and certificates are ours when they carry our mark and are for this domain, or for one below it. */
  baseDomain: string;
  /** The ARN of the state machine of a publish, without version or alias. */
  publishStateMachine: string;
  /** By `kid`, the KMS key that it stands for: its id or ARN. */
  signingKeys: Readonly<Record<string, string>>;
  /** The address that mail comes from; the identity of SES is its domain. */
  mailFrom: string;
  /** How to wait between tries at DynamoDB; jitter by `Math.random` unless told. */
  waiting?: Waiting;
}

/**
 * `Inspection` of the AWS edition. Records are read by a scan of the table: what is damaged may have fallen out of every
 * index, and would be missed by all other ways (decision 0017). A scan reads a page of 1 MB at a time, strongly consistent,
 * and costs a read unit for each 4 kB: $0.03 or so for a gigabyte, in about a minute.
 *
 * Throttling, lost connections and errors of the services are `Busy`. What else they refuse (no such table, no permission)
 * is thrown as it came.
 */
export class AwsInspection implements Inspection {
  readonly #options: AwsInspectionOptions;

  constructor(options: AwsInspectionOptions) {
    this.#options = options;
  }

  async *records(): AsyncGenerator<StoredRecord | DamagedRecord> {
    const { clients, table: TableName } = this.#options;
    let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
    do {
      const command = { TableName, ConsistentRead: true, ExclusiveStartKey };
      const page = await this.#retrying(() => clients.dynamodb.send(new ScanCommand(command)));
      for (const item of page.Items ?? []) if (!isCounter(item)) yield recordOf(item);
      // The end is only where DynamoDB has no place to go on from: a page may be empty before.
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
  }

  /** @throws CorruptRecord when what stands there is no number. */
  async counter(key: Key): Promise<number> {
    const { clients, table: TableName } = this.#options;
    const command = { TableName, Key: counterKeyOf(key), ConsistentRead: true };
    const { Item } = await this.#retrying(() => clients.dynamodb.send(new GetItemCommand(command)));
    if (!Item) return 0;
    const value = Number(Item['value']?.N ?? Number.NaN);
    if (!Number.isSafeInteger(value)) throw new CorruptRecord(`the counter ${key.pk}/${key.sk} is no number`);
    return value;
  }

  /** Those that carry our mark: what else is in the account is nobody's business here. */
  async zones(): Promise<string[]> {
    const { clients, baseDomain } = this.#options;
    return orBusy('Route 53', zonesAtOrBelow(clients.route53, baseDomain));
  }

  async runningExecutions(): Promise<string[]> {
    const { clients, publishStateMachine: stateMachineArn } = this.#options;
    const names: string[] = [];
    let nextToken: string | undefined;
    do {
      const command = { stateMachineArn, statusFilter: 'RUNNING', nextToken } as const;
      const page = await orBusy('Step Functions', clients.sfn.send(new ListExecutionsCommand(command)));
      names.push(...(page.executions ?? []).flatMap(({ name }) => name ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return names;
  }

  /** What has become of what Cottage needs of its account, and what of it nobody needs any more. */
  async ownProblems(world: World): Promise<Found[]> {
    const { clients, baseDomain, signingKeys, mailFrom } = this.#options;
    return [
      ...(await orBusy('KMS', unusableKeys(clients.kms, signingKeys))),
      ...(await orBusy('SES', wrongWithMail(clients.ses, mailFrom))),
      ...(await orBusy('ACM', unusedCertificates(clients.acm, baseDomain, world))),
    ];
  }

  #retrying<T>(work: () => Promise<T>): Promise<T> {
    return retrying(work, this.#options.waiting ?? WAITING);
  }
}

function recordOf(item: Record<string, AttributeValue>): StoredRecord | DamagedRecord {
  try {
    return fromItem(item);
  } catch (error) {
    if (!(error instanceof CorruptRecord)) throw error;
    const [pk, sk] = [RECORDS_TABLE.partitionKey, RECORDS_TABLE.sortKey].map((name) => item[name]?.S ?? '?');
    return { key: { pk: pk ?? '?', sk: sk ?? '?' }, damaged: true };
  }
}
