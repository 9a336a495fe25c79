import { ACMClient, ListCertificatesCommand } from '@aws-sdk/client-acm';
import {
  CloudFrontClient,
  GetDistributionTenantCommand,
  ListDistributionTenantsCommand,
} from '@aws-sdk/client-cloudfront';
import {
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';

/** What is there, line by line and sorted; what is random in it has been taken out. */
export type Seen = Record<
  'records' | 'zones' | 'certificates' | 'tenants' | 'objects' | 'mails' | 'events' | 'executions',
  string[]
>;

/** A record as DynamoDB has it, its data still a text. */
export type RawItem = Record<string, { S?: string; N?: string } | undefined>;

export interface RawMail {
  to: string[];
  /** RFC 5322. */
  raw: string;
}
export interface RawEvent {
  'detail-type': string;
}

export interface Sources {
  /** Of clients; not told apart from those of Cottage by anything but the key they sign with. */
  config: object;
  buckets: string[];
  items: () => Promise<RawItem[]>;
  mails: () => Promise<RawMail[]>;
  events: () => Promise<RawEvent[]>;
  executions: () => Promise<Record<string, { status: string }>>;
}

/** Looks at the account with the services' own calls. Knows nothing of how Cottage reads and writes. */
export class Observer {
  readonly #sources: Sources;
  constructor(sources: Sources) {
    this.#sources = sources;
  }

  async look(): Promise<Seen> {
    const { items, mails, events, executions } = this.#sources;
    const all = {
      records: (await items()).map(recordLine),
      zones: await this.#zones(),
      certificates: await this.#certificates(),
      tenants: await this.#tenants(),
      objects: await this.#objects(),
      // At worst sent again: which there are counts, and not how often.
      mails: unique((await mails()).map(mailLine)),
      events: unique((await events()).map((event) => event['detail-type'])),
      executions: Object.entries(await executions()).map(
        // Without the number of the attempt.
        ([arn, { status }]) => `${arn.split(':').slice(-2).join(' ').replace(/-\d+$/, '')} ${status}`,
      ),
    };
    const entries = Object.entries(all).map(([name, lines]) => [name, lines.map(settled).toSorted()]);
    return Object.fromEntries(entries) as Seen;
  }

  async #zones(): Promise<string[]> {
    const client = new Route53Client(this.#sources.config);
    const lines: string[] = [];
    for (const { Id, Name } of (await client.send(new ListHostedZonesCommand({}))).HostedZones ?? []) {
      const sets = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId: Id }));
      for (const set of sets.ResourceRecordSets ?? []) {
        const own = set.Name === Name && (set.Type === 'NS' || set.Type === 'SOA');
        const values = own || set.Type === 'NS' ? [] : (set.ResourceRecords ?? []).map(({ Value }) => Value);
        lines.push([Name, set.Name, set.Type, ...values].join(' '));
      }
    }
    client.destroy();
    return lines;
  }

  async #certificates(): Promise<string[]> {
    const client = new ACMClient({ ...this.#sources.config, region: 'us-east-1' });
    const { CertificateSummaryList = [] } = await client.send(new ListCertificatesCommand({}));
    client.destroy();
    return CertificateSummaryList.map(({ DomainName, Status }) => `${DomainName} ${Status}`);
  }

  async #tenants(): Promise<string[]> {
    const client = new CloudFrontClient(this.#sources.config);
    const { DistributionTenantList = [] } = await client.send(new ListDistributionTenantsCommand({}));
    const lines: string[] = [];
    for (const { Id } of DistributionTenantList) {
      const { DistributionTenant: tenant } = await client.send(
        new GetDistributionTenantCommand({ Identifier: Id }),
      );
      const parameters = (tenant?.Parameters ?? []).map(({ Name, Value }) => `${Name}=${Value}`);
      lines.push([tenant?.Name, tenant?.Domains?.[0]?.Domain, tenant?.Enabled, ...parameters].join(' '));
    }
    client.destroy();
    return lines;
  }

  /** Every version counts: what is not the latest takes up room as well. */
  async #objects(): Promise<string[]> {
    const client = new S3Client({ forcePathStyle: true, ...this.#sources.config });
    const lines: string[] = [];
    for (const Bucket of this.#sources.buckets) {
      const { Versions = [], DeleteMarkers = [] } = await client.send(
        new ListObjectVersionsCommand({ Bucket }),
      );
      const keys = [...Versions.map(({ Key }) => Key), ...DeleteMarkers.map(({ Key }) => `${Key} deleted`)];
      lines.push(...unique(keys.filter((key) => key !== REPORT).map((key) => `${Bucket} ${key}`)));
    }
    client.destroy();
    return lines;
  }
}

/** What the nightly run found is there whatever else is. */
const REPORT = 'doctor/latest.json';

interface Data {
  state?: string;
  status?: string;
  action?: string;
  live?: { release?: string };
  target?: { release?: string };
  pin?: object;
  nextAction?: { action: string };
}

function recordLine({ pk, sk, data }: RawItem): string {
  const { state, status, action, live, target, pin, nextAction } = JSON.parse(data?.S ?? '{}') as Data;
  const said = {
    state,
    status,
    action,
    live: live?.release,
    target: target?.release,
    pinned: pin && true,
    next: nextAction?.action,
  };
  // In a trail it counts what happened, and not after how much else.
  const isEntry = pk?.S?.startsWith('audit#') === true;
  return `${pk?.S} ${isEntry ? '' : sk?.S} ${JSON.stringify(said)}`;
}

function mailLine({ to, raw }: RawMail): string {
  const subject = /^subject: (.*(\r\n[ \t].*)*)/im.exec(raw)?.[1] ?? '';
  return `${to.join(' ')} ${subject}`;
}

const unique = (lines: string[]): string[] => [...new Set(lines)];

/** Ids that are drawn at random, whatever they are of. */
const settled = (line: string): string =>
  line.replace(/\b([adepu])_[a-z2-7]{26}\b/g, '$1_').replace(/\bcertificate\/[\w-]{36}\b/g, 'certificate/');
