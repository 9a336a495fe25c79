import {
  type ACMClient,
  type CertificateSummary,
  ListTagsForCertificateCommand,
  paginateListCertificates,
  ResourceNotFoundException,
} from '@aws-sdk/client-acm';
import { DescribeKeyCommand, type KeyMetadata, type KMSClient, NotFoundException } from '@aws-sdk/client-kms';
import {
  GetAccountCommand,
  GetEmailIdentityCommand,
  NotFoundException as NoSuchIdentity,
  type SESv2Client,
} from '@aws-sdk/client-sesv2';
import { CERTIFICATE_TAG } from '../certificates/acm-certificates.ts';
import { HOUR_MS } from '../clock/clock.ts';
import type { Found } from './problems.ts';
import type { World } from './world.ts';

/** Keys that can't sign or verify: links and tickets made with them lead nowhere until they can. */
export async function unusableKeys(
  client: KMSClient,
  keys: Readonly<Record<string, string>>,
): Promise<Found[]> {
  const found: Found[] = [];
  for (const [kid, KeyId] of Object.entries(keys)) {
    const fault = faultOf(await describeKey(client, KeyId));
    if (fault === undefined) continue;
    found.push({ code: 'signing-key/unusable', subject: kid, text: `The signing key ${kid} ${fault}.` });
  }
  return found;
}

/** Undefined when KMS says that there is none. */
async function describeKey(client: KMSClient, KeyId: string): Promise<KeyMetadata | undefined> {
  try {
    return (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;
  } catch (error) {
    if (error instanceof NotFoundException) return undefined;
    throw error;
  }
}

function faultOf(key: KeyMetadata | undefined): string | undefined {
  if (!key) return 'is not in KMS';
  if (key.KeyState === 'Enabled') return undefined;
  if (key.KeyState === 'Disabled') return 'is disabled';
  if (key.KeyState !== 'PendingDeletion') return `is ${key.KeyState}`;
  return `is to be deleted on ${key.DeletionDate?.toISOString().slice(0, 10) ?? 'a day KMS does not say'}`;
}

/** Whether mail gets out at all, and to everybody. */
export async function wrongWithMail(client: SESv2Client, from: string): Promise<Found[]> {
  const found: Found[] = [];
  const domain = from.slice(from.lastIndexOf('@') + 1);
  if (!(await isVerified(client, domain))) {
    const text = `SES has not verified that ${domain} is ours, so that no mail from ${from} is sent.`;
    found.push({ code: 'mail/unverified', subject: domain, text });
  }
  const { SendingEnabled, EnforcementStatus, ProductionAccessEnabled } = await client.send(
    new GetAccountCommand(),
  );
  if (SendingEnabled === false || EnforcementStatus === 'SHUTDOWN') {
    found.push({ code: 'mail/paused', subject: 'SES', text: 'SES sends no mail of this account for now.' });
  }
  if (ProductionAccessEnabled === false) {
    const text = 'SES is in its sandbox: owners and approvers get no mail, unless SES has verified theirs.';
    found.push({ code: 'mail/sandbox', subject: 'SES', text });
  }
  return found;
}

async function isVerified(client: SESv2Client, EmailIdentity: string): Promise<boolean> {
  try {
    const identity = await client.send(new GetEmailIdentityCommand({ EmailIdentity }));
    return identity.VerifiedForSendingStatus === true;
  } catch (error) {
    if (error instanceof NoSuchIdentity) return false;
    throw error;
  }
}

/** An order notes the certificate with its team or app as soon as ACM has answered. */
const ORDERED_MS = HOUR_MS;

/** Certificates with our mark that no team and no app has. They count against the account's quota. */
export async function unusedCertificates(
  client: ACMClient,
  baseDomain: string,
  { teams, apps }: World,
): Promise<Found[]> {
  const used = new Set([...teams.values(), ...apps.values()].map(({ certificateId }) => certificateId));
  const unknown: CertificateSummary[] = [];
  for await (const { CertificateSummaryList = [] } of paginateListCertificates({ client }, {})) {
    unknown.push(
      ...CertificateSummaryList.filter(
        ({ CertificateArn, DomainName = '', CreatedAt }) =>
          !used.has(CertificateArn) &&
          DomainName.endsWith(`.${baseDomain}`) &&
          // System time, as ACM has it.
          Date.now() - (CreatedAt?.getTime() ?? 0) > ORDERED_MS,
      ),
    );
  }
  const found: Found[] = [];
  for (const { CertificateArn: subject = '', DomainName } of unknown) {
    if (!(await isOurs(client, subject))) continue;
    const text = `A certificate for ${DomainName} that no team and no app uses.`;
    found.push({ code: 'certificate/orphan', subject, text });
  }
  return found;
}

async function isOurs(client: ACMClient, CertificateArn: string): Promise<boolean> {
  try {
    const { Tags = [] } = await client.send(new ListTagsForCertificateCommand({ CertificateArn }));
    return Tags.some(({ Key, Value }) => Key === CERTIFICATE_TAG.Key && Value === CERTIFICATE_TAG.Value);
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}
