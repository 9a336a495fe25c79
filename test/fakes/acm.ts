import { createHash, randomUUID } from 'node:crypto';
import type {
  CertificateDetail,
  CertificateStatus,
  DeleteCertificateCommandInput,
  DescribeCertificateCommandInput,
  ListCertificatesCommandInput,
  ListTagsForCertificateCommandInput,
  RequestCertificateCommandInput,
  Tag,
} from '@aws-sdk/client-acm';
import { AwsFault } from './aws-errors.ts';
import type { Fake } from './aws-server.ts';
import { snapshotOf } from './aws-snapshot.ts';

const HOUR_MS = 3_600_000;
const VALID_MS = 198 * 24 * HOUR_MS;

/** Ways in which ACM may behave at any time, and this fake when told to. Reads are calls of DescribeCertificate. */
export interface AcmUnkindness {
  /** What stands at a name, as a CNAME; where it is given, a certificate is issued only once its records are there. */
  cname?: (name: string) => string | undefined;
  /** So many reads say that it is pending, whatever is in DNS. */
  pendingReads?: number;
  /** So many reads do not have the validation records yet. */
  recordlessReads?: number;
  /** So many reads do not find it at all. */
  unknownReads?: number;
  pageSize?: number;
  /** A list leaves out the names beside the subject. */
  shortList?: boolean;
  /** "Quotas". */
  maxCertificates?: number;
  now?: () => number;
}

interface FakeCertificate {
  arn: string;
  names: string[];
  status: CertificateStatus;
  failure?: CertificateDetail['FailureReason'];
  createdAt: number;
  notAfter: number | undefined;
  reads: number;
  tags: Tag[];
  inUseBy: string[];
}

/** ACM: the operations that Cottage uses. Stricter than the service, never kinder. */
export class FakeAcm implements Fake {
  readonly operations = {
    DeleteCertificate: (input: DeleteCertificateCommandInput) => this.#delete(input),
    DescribeCertificate: (input: DescribeCertificateCommandInput) => this.#describe(input),
    ListCertificates: (input: ListCertificatesCommandInput) => this.#list(input),
    ListTagsForCertificate: ({ CertificateArn }: ListTagsForCertificateCommandInput) => ({
      Tags: this.#get(CertificateArn).tags,
    }),
    RequestCertificate: (input: RequestCertificateCommandInput) => this.#request(input),
  };
  readonly #unkindness: AcmUnkindness;
  readonly #certificates = new Map<string, FakeCertificate>();
  /** What each token ordered, and when. */
  readonly #tokens = new Map<string, { arn: string; asked: string; at: number }>();

  constructor(unkindness: AcmUnkindness = {}) {
    this.#unkindness = unkindness;
  }

  snapshot(): () => void {
    return snapshotOf(this.#certificates, this.#tokens);
  }

  /** Brings a certificate into another state: how it ended, until when it is good, what serves with it. */
  change(
    arn: string,
    change: Partial<Pick<FakeCertificate, 'status' | 'failure' | 'notAfter' | 'inUseBy' | 'tags'>>,
  ): void {
    Object.assign(this.#get(arn), change);
  }

  arns(): string[] {
    return [...this.#certificates.keys()];
  }

  /** Is this certificate issued, and for the host? For what serves with it. */
  serves(arn: string, host: string): boolean {
    const found = this.#certificates.get(arn);
    const wildcard = `*${host.slice(host.indexOf('.'))}`;
    return found?.status === 'ISSUED' && found.names.some((name) => name === host || name === wildcard);
  }

  #now(): number {
    return (this.#unkindness.now ?? Date.now)();
  }

  #get(arn = ''): FakeCertificate {
    if (!/^arn:aws:acm:us-east-1:\d{12}:certificate\/[\w-]+$/.test(arn)) {
      throw new AwsFault('InvalidArnException', 400, `${arn} is not an ARN`);
    }
    const found = this.#certificates.get(arn);
    if (!found) throw new AwsFault('ResourceNotFoundException', 400, `Could not find certificate ${arn}`);
    return found;
  }

  #request(input: RequestCertificateCommandInput) {
    const { DomainName = '', SubjectAlternativeNames = [], IdempotencyToken: token, Tags = [] } = input;
    if (DomainName.length > 64) {
      throw new AwsFault(
        'ValidationException',
        400,
        'The first domain name can be no longer than 64 characters',
      );
    }
    if (token !== undefined && !/^\w{1,32}$/.test(token)) {
      throw new AwsFault('ValidationException', 400, 'the token is 1 to 32 word characters');
    }
    if (input.ValidationMethod !== 'DNS')
      throw new AwsFault('ValidationException', 400, 'this fake sends no mail');
    const names = [...new Set([DomainName, ...SubjectAlternativeNames])];
    if (names.length > 10) throw new AwsFault('LimitExceededException', 400, 'too many names');
    const asked = JSON.stringify([names, Tags]);
    const known = token === undefined ? undefined : this.#tokens.get(token);
    if (known && this.#now() - known.at < HOUR_MS) {
      if (known.asked === asked) return { CertificateArn: known.arn };
      throw new AwsFault('InvalidParameterException', 400, 'the token has ordered something else');
    }
    if (this.#certificates.size >= (this.#unkindness.maxCertificates ?? 2500)) {
      throw new AwsFault('LimitExceededException', 400, 'you have reached your limit of certificates');
    }
    const arn = `arn:aws:acm:us-east-1:123456789012:certificate/${randomUUID()}`;
    const createdAt = this.#now();
    const status = 'PENDING_VALIDATION';
    this.#certificates.set(arn, {
      arn,
      names,
      status,
      createdAt,
      notAfter: undefined,
      reads: 0,
      tags: Tags,
      inUseBy: [],
    });
    if (token !== undefined) this.#tokens.set(token, { arn, asked, at: createdAt });
    return { CertificateArn: arn };
  }

  #describe({ CertificateArn }: DescribeCertificateCommandInput) {
    const found = this.#get(CertificateArn);
    found.reads += 1;
    const { unknownReads = 0, recordlessReads = 0 } = this.#unkindness;
    if (found.reads <= unknownReads) {
      throw new AwsFault('ResourceNotFoundException', 400, `Could not find certificate ${CertificateArn}`);
    }
    this.#validate(found);
    const hasRecords = found.reads > unknownReads + recordlessReads;
    const options = found.names.map((DomainName) => ({
      DomainName,
      ValidationStatus: found.status === 'ISSUED' ? 'SUCCESS' : 'PENDING_VALIDATION',
      ValidationMethod: 'DNS',
      ...(hasRecords && { ResourceRecord: recordFor(DomainName) }),
    }));
    const [DomainName] = found.names;
    return {
      Certificate: {
        CertificateArn: found.arn,
        DomainName,
        SubjectAlternativeNames: found.names,
        DomainValidationOptions: options,
        Status: found.status,
        Type: 'AMAZON_ISSUED',
        CreatedAt: new Date(found.createdAt),
        InUseBy: found.inUseBy,
        ...(found.failure && { FailureReason: found.failure }),
        ...(found.notAfter !== undefined && { NotAfter: new Date(found.notAfter) }),
      },
    };
  }

  #validate(found: FakeCertificate): void {
    const { pendingReads = 0, unknownReads = 0, cname } = this.#unkindness;
    if (found.status !== 'PENDING_VALIDATION' || found.reads <= pendingReads + unknownReads) return;
    const proven = found.names.every((name) => {
      const { Name, Value } = recordFor(name);
      return cname === undefined || cname(Name.slice(0, -1)) === Value.slice(0, -1);
    });
    if (!proven) return;
    found.status = 'ISSUED';
    found.notAfter = this.#now() + VALID_MS;
  }

  #list({ CertificateStatuses, Includes, NextToken = '0', MaxItems = 1000 }: ListCertificatesCommandInput) {
    // Without being told, ACM lists RSA keys of 2,048 bits and less, which is what is ordered here.
    if (Includes?.keyTypes && !Includes.keyTypes.includes('RSA_2048')) return { CertificateSummaryList: [] };
    const all = [...this.#certificates.values()].filter(
      ({ status }) => CertificateStatuses === undefined || CertificateStatuses.includes(status),
    );
    const from = Number(NextToken);
    const size = Math.min(MaxItems, this.#unkindness.pageSize ?? MaxItems);
    const page = all.slice(from, from + size).map((each) => ({
      CertificateArn: each.arn,
      DomainName: each.names[0],
      ...(this.#unkindness.shortList !== true && { SubjectAlternativeNameSummaries: each.names }),
      Status: each.status,
      CreatedAt: new Date(each.createdAt),
      ...(each.notAfter !== undefined && { NotAfter: new Date(each.notAfter) }),
    }));
    return {
      CertificateSummaryList: page,
      ...(from + size < all.length && { NextToken: String(from + size) }),
    };
  }

  #delete({ CertificateArn }: DeleteCertificateCommandInput) {
    const found = this.#get(CertificateArn);
    if (found.inUseBy.length > 0) {
      throw new AwsFault(
        'ResourceInUseException',
        400,
        `Certificate ${CertificateArn} in account is in use.`,
      );
    }
    this.#certificates.delete(found.arn);
    return {};
  }
}

/** A name and its wildcard are proven by one record. */
function recordFor(name: string) {
  const host = name.replace(/^\*\./, '');
  const digest = createHash('sha256').update(host).digest('hex');
  return {
    Name: `_${digest.slice(0, 32)}.${host}.`,
    Type: 'CNAME' as const,
    Value: `_${digest.slice(32)}.acm-validations.aws.`,
  };
}
