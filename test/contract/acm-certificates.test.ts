import { ACMClient } from '@aws-sdk/client-acm';
import { Route53Client } from '@aws-sdk/client-route-53';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { AcmCertificates, CERTIFICATE_TAG } from '../../shared/certificates/acm-certificates.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../shared/clock/clock.ts';
import { Route53Dns } from '../../shared/dns/route53-dns.ts';
import { Busy, CertificatePending, NotFound, QuotaReached } from '../../shared/errors/errors.ts';
import { type AcmUnkindness, FakeAcm } from '../fakes/acm.ts';
import { open } from '../fakes/aws-open.ts';
import { clientConfig } from '../fakes/aws-server.ts';
import { FakeRoute53 } from '../fakes/route53.ts';
import { shownFor } from './acm-observer.ts';
import { certificatesContract } from './certificates.suite.ts';

const NAMES = ['*.demo.example.com', 'demo.example.com'];

async function openAcm(unkindness: AcmUnkindness = {}) {
  const fake = new FakeAcm(unkindness);
  const route53 = new FakeRoute53();
  const server = await open({ acm: fake, route53 });
  const client = new ACMClient({ ...clientConfig(server), region: 'us-east-1' });
  const dnsClient = new Route53Client(clientConfig(server));
  onTestFinished(() => {
    client.destroy();
    dnsClient.destroy();
    expect(server.defects).toEqual([]);
  });
  const certificates = new AcmCertificates({ client, tagsFor: () => ({ team: 'demo' }) });
  const ordered = () => server.log.filter(({ operation }) => operation === 'RequestCertificate');
  return { certificates, fake, server, client, ordered, route53, dns: new Route53Dns({ client: dnsClient }) };
}

async function openHarness(unkindness: AcmUnkindness) {
  const { certificates, client } = await openAcm(unkindness);
  return { certificates, handshake: (host: string) => shownFor(client, host) };
}

// A request reads once itself, to be sure that ACM knows of it.
certificatesContract(
  () => openHarness({}),
  () => openHarness({ pendingReads: 4 }),
);

describe('with pages of one', () => {
  certificatesContract(
    () => openHarness({ pageSize: 1 }),
    () => openHarness({ pageSize: 1, pendingReads: 4 }),
  );
});

describe('AcmCertificates', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is issued once the records it asks for are in DNS, one for a name and its wildcard', async () => {
    const route53 = new FakeRoute53();
    const cname = (name: string) =>
      route53
        .setsNamed(name)
        .find(({ Type }) => Type === 'CNAME')
        ?.ResourceRecords?.[0]?.Value?.replace(/\.$/, '');
    const server = await open({ acm: new FakeAcm({ cname }), route53 });
    const certificates = new AcmCertificates({ client: new ACMClient(clientConfig(server)) });
    const dns = new Route53Dns({ client: new Route53Client(clientConfig(server)) });
    await dns.createZone('demo.example.com');
    const id = await certificates.request(NAMES);
    const status = await certificates.status(id);
    const create = status.state === 'pending' ? status.validation : [];
    expect(create).toEqual([
      {
        name: expect.stringMatching(/^_[0-9a-f]{32}\.demo\.example\.com$/),
        type: 'CNAME',
        ttlSeconds: 60,
        values: [expect.stringMatching(/^_[0-9a-f]{32}\.acm-validations\.aws$/)],
      },
    ]);
    expect(await certificates.status(id)).toMatchObject({ state: 'pending' });
    await dns.apply('demo.example.com', { create, remove: [] });
    expect(await certificates.status(id)).toMatchObject({ state: 'issued', names: NAMES });
  });

  it('has no records to show in its first seconds, and says so', async () => {
    const { certificates } = await openAcm({ pendingReads: 9, recordlessReads: 2 });
    const id = await certificates.request(NAMES);
    await expect(certificates.status(id)).rejects.toThrow(CertificatePending);
    expect(await certificates.status(id)).toMatchObject({
      state: 'pending',
      validation: [{ type: 'CNAME' }],
    });
  });

  it('is not handed out before ACM knows of it, and is ordered once all the same', async () => {
    const { certificates, fake } = await openAcm({ unknownReads: 1 });
    await expect(certificates.request(NAMES)).rejects.toThrow(Busy);
    const id = await certificates.request(NAMES);
    expect(fake.arns()).toEqual([id]);
    expect(await certificates.status(id)).toMatchObject({ state: 'issued' });
  });

  it('an answer that got lost does not order another one, at once or an hour later', async () => {
    const { certificates, fake, server } = await openAcm();
    server.faults.at(2, 'timeout-after-effect');
    await expect(certificates.request(NAMES)).rejects.toThrow(Busy);
    const id = await certificates.request(NAMES);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + HOUR_MS + MINUTE_MS);
    expect(await certificates.request(NAMES)).toBe(id);
    expect(fake.arns()).toEqual([id]);
  });

  it('two who ask at once, where neither sees the other’s in the list, order one', async () => {
    const { client, fake, server } = await openAcm();
    const [one, two] = [new AcmCertificates({ client }), new AcmCertificates({ client })];
    const ids = await Promise.all([one.request(NAMES), two.request(NAMES)]);
    expect(fake.arns()).toEqual([...new Set(ids)]);
    expect(server.log.filter(({ operation }) => operation === 'RequestCertificate')).toHaveLength(2);
  });

  it('a certificate of somebody else with the same names is neither handed out nor changed', async () => {
    const { certificates, fake } = await openAcm();
    const theirs = await certificates.request(NAMES);
    fake.change(theirs, { tags: [{ Key: 'heritage', Value: 'somebody' }] });
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + HOUR_MS);
    expect(await certificates.request(NAMES)).not.toBe(theirs);
    expect(fake.arns()).toContain(theirs);
  });

  it('deleted by another process is ordered anew within minutes, though its token is good for an hour', async () => {
    const { certificates, client } = await openAcm();
    const id = await certificates.request(NAMES);
    await new AcmCertificates({ client }).delete(id);
    await expect(certificates.request(NAMES)).rejects.toThrow(Busy);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 6 * MINUTE_MS);
    expect(await certificates.request(NAMES)).not.toBe(id);
  });

  it('of two with the same names is the one that is issued, then the older', async () => {
    const { certificates, fake } = await openAcm();
    const older = await certificates.request(NAMES);
    fake.change(older, { tags: [] });
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + HOUR_MS);
    const newer = await certificates.request(NAMES);
    const issued = { status: 'ISSUED', notAfter: Date.now() + 90 * DAY_MS } as const;
    fake.change(older, { tags: [CERTIFICATE_TAG], status: 'PENDING_VALIDATION' });
    fake.change(newer, issued);
    expect(await certificates.request(NAMES)).toBe(newer);
    fake.change(older, issued);
    expect(await certificates.request(NAMES)).toBe(older);
  });

  it('is found by all of its names, also where a list leaves some out', async () => {
    const { certificates } = await openAcm({ shortList: true });
    const id = await certificates.request(NAMES);
    expect(await certificates.request(NAMES)).toBe(id);
    expect(await certificates.request(['*.demo.example.com'])).not.toBe(id);
  });

  it('is left to ACM to renew, and ordered anew only when that has not happened for long', async () => {
    const { certificates, fake } = await openAcm();
    const id = await certificates.request(NAMES);
    await certificates.status(id);
    fake.change(id, { notAfter: Date.now() + 30 * DAY_MS + MINUTE_MS });
    expect(await certificates.request(NAMES)).toBe(id);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + HOUR_MS);
    expect(await certificates.request(NAMES)).not.toBe(id);
  });

  it.each([
    [
      'FAILED',
      'CAA_ERROR',
      'a CAA record of the domain does not let Amazon issue certificates (FAILED, CAA_ERROR)',
    ],
    ['FAILED', 'OTHER', 'FAILED, OTHER'],
    [
      'VALIDATION_TIMED_OUT',
      undefined,
      'its validation records were not found within 72 hours (VALIDATION_TIMED_OUT)',
    ],
    ['EXPIRED', undefined, 'it has expired, so ACM could not renew it (EXPIRED)'],
    ['INACTIVE', undefined, 'it is no longer active (INACTIVE)'],
    ['REVOKED', undefined, 'REVOKED'],
  ] as const)(
    'that is %s (%s) has failed, is said why, and is ordered anew',
    async (status, failure, reason) => {
      const { certificates, fake } = await openAcm();
      const id = await certificates.request(NAMES);
      fake.change(id, failure ? { status, failure } : { status });
      expect(await certificates.status(id)).toEqual({ state: 'failed', names: NAMES, reason });
      vi.useFakeTimers({ toFake: ['Date'] });
      vi.setSystemTime(Date.now() + HOUR_MS);
      expect(await certificates.request(NAMES)).not.toBe(id);
    },
  );

  it('that something serves with is not deleted, and may be later', async () => {
    const { certificates, fake } = await openAcm();
    const id = await certificates.request(NAMES);
    fake.change(id, { inUseBy: ['arn:aws:cloudfront::123456789012:distribution/E1'] });
    await expect(certificates.delete(id)).rejects.toThrow(Busy);
    fake.change(id, { inUseBy: [] });
    await certificates.delete(id);
    expect(fake.arns()).toEqual([]);
  });

  it('over the quota is not ordered, and says what to ask for', async () => {
    const { certificates } = await openAcm({ maxCertificates: 0 });
    const asked = certificates.request(NAMES);
    await expect(asked).rejects.toThrow(QuotaReached);
    await expect(asked).rejects.toMatchObject({ publicMessage: expect.stringContaining('raise the quota') });
  });

  it('is ordered for DNS validation, with the mark of Cottage and the tags it was given', async () => {
    const { certificates, ordered } = await openAcm();
    await certificates.request(NAMES);
    expect(ordered()).toMatchObject([
      {
        input: {
          DomainName: NAMES[0],
          SubjectAlternativeNames: [NAMES[1]],
          ValidationMethod: 'DNS',
          Tags: [
            { Key: 'heritage', Value: 'cottage' },
            { Key: 'team', Value: 'demo' },
          ],
        },
      },
    ]);
  });

  const long = `${'a'.repeat(60)}.demo.example.com`;

  it('has the first name that a subject can hold in front', async () => {
    const { certificates, ordered } = await openAcm();
    await certificates.request([long, 'demo.example.com']);
    expect(ordered()).toMatchObject([
      { input: { DomainName: 'demo.example.com', SubjectAlternativeNames: [long] } },
    ]);
  });

  it.each([
    [[]],
    [['demo']],
    [['Demo.example.com']],
    [['a.*.example.com']],
    [['*example.com']],
    [[long]],
    [['a..b']],
  ])('%j is refused without asking', async (names) => {
    const { certificates, server } = await openAcm();
    await expect(certificates.request(names)).rejects.toThrow(TypeError);
    expect(server.log).toEqual([]);
  });

  it.each([
    ['throttle', Busy],
    ['server-error', Busy],
    ['conditional-failure', Busy],
  ] as const)('%s is never an answer', async (kind, error) => {
    const { certificates, server } = await openAcm();
    const id = await certificates.request(NAMES);
    for (const call of [
      () => certificates.status(id),
      () => certificates.request(NAMES),
      () => certificates.delete(id),
    ]) {
      server.faults.at(server.log.length + 1, kind);
      await expect(call()).rejects.toThrow(error);
    }
    expect(server.faults.unreached()).toEqual([]);
  });

  it('an ARN of nothing is not found', async () => {
    const { certificates } = await openAcm();
    const arn = 'arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000';
    await expect(certificates.status(arn)).rejects.toThrow(NotFound);
    await certificates.delete(arn);
  });
});
