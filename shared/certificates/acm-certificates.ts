import {
  type ACMClient,
  type CertificateDetail,
  type CertificateSummary,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  ListTagsForCertificateCommand,
  paginateListCertificates,
  RequestCertificateCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-acm';
import { DAY_MS, MINUTE_MS } from '../clock/clock.ts';
import type { RecordSet } from '../dns/dns.ts';
import { RECORD_TTL_SECONDS } from '../dns/plan.ts';
import { busyFor, quotaFor } from '../errors/aws-busy.ts';
import { Busy, CertificatePending, CorruptRecord, NotFound } from '../errors/errors.ts';
import { sha256 } from '../ids/ids.ts';
import type { CertificateStatus, Certificates } from './certificates.ts';

/** The owner mark of a certificate, a tag: any without it is somebody else's, and never handed out. */
export const CERTIFICATE_TAG = { Key: 'heritage', Value: 'cottage' };

/** Less than this is left only where ACM has tried to renew it for weeks, and could not. */
const RENEW_BEFORE_MS = 30 * DAY_MS;

/** RFC 5280, and ACM by it: what a subject's common name may have. */
const MAX_COMMON_NAME = 64;

/**
 * A token stands for one order for an hour (API reference, RequestCertificate), even of a certificate that was deleted
 * meanwhile. So it changes sooner: whoever asks again then finds in the list what was ordered before.
 */
const TOKEN_PERIOD_MS = 5 * MINUTE_MS;

const HOST =
  /^(\*\.)?(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const ARN = /^arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/;

export interface AcmCertificatesOptions {
  /** Belongs to the caller, who also destroys it. For CloudFront its region has to be us-east-1. */
  client: ACMClient;
  /** More tags of a certificate for these names, for the bill; none unless told. */
  tagsFor?: (names: readonly string[]) => Record<string, string>;
}

/**
 * `Certificates` from AWS Certificate Manager, validated by DNS. An id is the certificate's ARN.
 *
 * ACM renews a certificate by itself and under the same ARN for as long as it is in use and its validation records stand.
 */
export class AcmCertificates implements Certificates {
  readonly #client: ACMClient;
  readonly #tagsFor: NonNullable<AcmCertificatesOptions['tagsFor']>;
  readonly #deleted = new Set<string>();

  constructor({ client, tagsFor = () => ({}) }: AcmCertificatesOptions) {
    this.#client = client;
    this.#tagsFor = tagsFor;
  }

  /**
   * As the port says; of two with the same names, the one that is issued, then the older.
   * @throws TypeError when a name is none, or all are longer than a subject may be (64 octets); the first that fits is it.
   * @throws Busy while ACM does not know yet of what it was asked for.
   * @throws QuotaReached when the account has as many certificates, or has asked for as many this year, as it may.
   */
  async request(names: string[]): Promise<string> {
    const wanted = subjectFirst([...new Set(names)]);
    return translated(async () => (await this.#find(wanted)) ?? this.#order(wanted));
  }

  async status(id: string): Promise<CertificateStatus> {
    // What is no ARN was never given out here.
    if (!ARN.test(id)) throw new NotFound(`no certificate ${id}`);
    return translated(async () => {
      const detail = await this.#describe(id);
      if (!detail) throw new NotFound(`no certificate ${id}`);
      return statusOf(id, detail);
    });
  }

  /** @throws Busy while something still serves with it. */
  async delete(id: string): Promise<void> {
    if (!ARN.test(id)) return;
    await translated(async () => {
      try {
        await this.#client.send(new DeleteCertificateCommand({ CertificateArn: id }));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
      this.#deleted.add(id);
    });
  }

  async #find(names: string[]): Promise<string | undefined> {
    const found: CertificateSummary[] = [];
    const pages = paginateListCertificates(
      { client: this.#client },
      { CertificateStatuses: ['PENDING_VALIDATION', 'ISSUED'] },
    );
    for await (const { CertificateSummaryList = [] } of pages) {
      found.push(...CertificateSummaryList.filter((each) => mayHave(each, names) && isGood(each)));
    }
    const inOrder = found.toSorted((a, b) => rank(a) - rank(b) || ageOf(a) - ageOf(b));
    for (const { CertificateArn = '', SubjectAlternativeNameSummaries: listed } of inOrder) {
      const others = listed ?? (await this.#describe(CertificateArn))?.SubjectAlternativeNames;
      if (!sameNames(others ?? [], names)) continue;
      if (await this.#isOurs(CertificateArn)) return CertificateArn;
    }
    return undefined;
  }

  async #order(names: string[], attempt = 0): Promise<string> {
    const [DomainName = '', ...others] = names;
    const more = Object.entries(this.#tagsFor(names)).map(([Key, Value]) => ({ Key, Value }));
    const period = Math.floor(Date.now() / TOKEN_PERIOD_MS);
    const { CertificateArn: id = '' } = await this.#client.send(
      new RequestCertificateCommand({
        DomainName,
        ...(others.length > 0 && { SubjectAlternativeNames: others }),
        ValidationMethod: 'DNS',
        KeyAlgorithm: 'RSA_2048',
        IdempotencyToken: sha256([period, attempt, ...names].join(' ')).slice(0, 32),
        Tags: [CERTIFICATE_TAG, ...more],
      }),
    );
    if (this.#deleted.has(id)) return this.#order(names, attempt + 1);
    // Some seconds may pass; whoever asks for its status must not be told that there is none.
    if (!(await this.#describe(id))) throw new Busy(`ACM does not know yet of ${id}`);
    return id;
  }

  /** Undefined when ACM says that there is none. */
  async #describe(id: string): Promise<CertificateDetail | undefined> {
    try {
      const command = new DescribeCertificateCommand({ CertificateArn: id });
      return (await this.#client.send(command)).Certificate;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }

  async #isOurs(id: string): Promise<boolean> {
    try {
      const command = new ListTagsForCertificateCommand({ CertificateArn: id });
      const { Tags = [] } = await this.#client.send(command);
      return Tags.some(({ Key, Value }) => Key === CERTIFICATE_TAG.Key && Value === CERTIFICATE_TAG.Value);
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return false;
      throw error;
    }
  }
}

/** The first name that a subject can hold goes to the front. */
function subjectFirst(names: string[]): string[] {
  const wrong = names.find((name) => !HOST.test(name));
  if (wrong !== undefined) throw new TypeError(`not a name for a certificate: ${JSON.stringify(wrong)}`);
  const subject = names.find((name) => name.length <= MAX_COMMON_NAME);
  if (subject === undefined) {
    throw new TypeError(
      `a certificate needs a name of at most ${MAX_COMMON_NAME} octets, beside longer ones`,
    );
  }
  return [subject, ...names.filter((name) => name !== subject)];
}

function statusOf(id: string, detail: CertificateDetail): CertificateStatus {
  const names = namesOf(detail.DomainName, detail.SubjectAlternativeNames);
  if (detail.Status === 'PENDING_VALIDATION') {
    return { state: 'pending', names, validation: validationOf(id, detail) };
  }
  if (detail.Status === 'ISSUED') {
    if (!detail.NotAfter) throw new CorruptRecord(`ACM says no end of ${id}`);
    return { state: 'issued', names, expiresAt: detail.NotAfter.getTime() };
  }
  return { state: 'failed', names, reason: reasonOf(detail) };
}

/** `*.x` and `x` are validated by one record. */
function validationOf(id: string, { DomainValidationOptions: options = [] }: CertificateDetail): RecordSet[] {
  const sets = new Map<string, RecordSet>();
  for (const { ResourceRecord: record } of options) {
    if (record?.Name === undefined || record.Value === undefined) {
      throw new CertificatePending(`ACM has not said yet how to validate ${id}`);
    }
    const [name, value] = [bare(record.Name), bare(record.Value)];
    sets.set(name, { name, type: 'CNAME', ttlSeconds: RECORD_TTL_SECONDS, values: [value] });
  }
  if (sets.size === 0) throw new CertificatePending(`ACM has not said yet how to validate ${id}`);
  return [...sets.values()];
}

const REASONS: Record<string, string> = {
  VALIDATION_TIMED_OUT: 'its validation records were not found within 72 hours',
  EXPIRED: 'it has expired, so ACM could not renew it',
  INACTIVE: 'it is no longer active',
  CAA_ERROR: 'a CAA record of the domain does not let Amazon issue certificates',
};

function reasonOf(detail: CertificateDetail): string {
  const { Status = 'without a status', FailureReason, RevocationReason } = detail;
  const said = FailureReason ?? RevocationReason;
  const known = REASONS[said ?? ''] ?? REASONS[Status];
  const code = said === undefined ? Status : `${Status}, ${said}`;
  return known === undefined ? code : `${known} (${code})`;
}

const bare = (name: string): string => name.replace(/\.$/, '').toLowerCase();

const namesOf = (subject: string | undefined, others: string[] = []): string[] => [
  ...new Set([...(subject === undefined ? [] : [subject]), ...others]),
];

/** By what a list says, which may leave out the names beside the subject. */
const mayHave = (summary: CertificateSummary, names: string[]): boolean =>
  summary.SubjectAlternativeNameSummaries === undefined
    ? names.includes(summary.DomainName ?? '')
    : sameNames(summary.SubjectAlternativeNameSummaries, names);

const sameNames = (a: string[], b: string[]): boolean => a.toSorted().join(' ') === b.toSorted().join(' ');

const isGood = ({ Status, NotAfter }: CertificateSummary): boolean =>
  Status !== 'ISSUED' || (NotAfter?.getTime() ?? 0) - Date.now() >= RENEW_BEFORE_MS;

const rank = ({ Status }: CertificateSummary): number => (Status === 'ISSUED' ? 0 : 1);

const ageOf = ({ CreatedAt }: CertificateSummary): number => CreatedAt?.getTime() ?? 0;

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw (
      quotaFor('ACM', error, ['LimitExceededException', 'ServiceQuotaExceededException']) ??
      busyFor('ACM', error, ['ResourceInUseException', 'RequestInProgressException', 'ConflictException']) ??
      error
    );
  }
}
