import { GetObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { ENDPOINTS } from '../../functions/api/endpoints.ts';
import { apiHandler } from '../../functions/aws/api-handler.ts';
import { nightlyHandler } from '../../functions/aws/nightly-handler.ts';
import { DAY_MS } from '../../shared/clock/clock.ts';
import { apiEvent } from '../builders/api-event.ts';
import { openAwsAccount } from '../builders/aws-account.ts';
import { lambdaContext } from '../fakes/lambda.ts';

const CONTEXT = lambdaContext('test-function');
const TONIGHT = { run: 'nightly' };

type Account = Awaited<ReturnType<typeof openAwsAccount>>;

const night = ({ runtime }: Account, event: unknown = TONIGHT) => nightlyHandler(runtime)(event, CONTEXT);

async function ask({ runtime, adminToken }: Account, path: string, fields: object = {}) {
  const headers = { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' };
  const event = apiEvent({ path, headers, ...fields });
  const answer = await apiHandler(ENDPOINTS, runtime)(event, CONTEXT);
  return { status: answer.statusCode, text: answer.body };
}

const json = ({ text }: { text: string }) => JSON.parse(text) as Record<string, unknown>;

/** What is kept in the audit bucket: seen without the adapter. */
async function heads({ clients }: Account): Promise<string[]> {
  const { Versions = [] } = await clients.s3.send(new ListObjectVersionsCommand({ Bucket: 'cottage-audit' }));
  return Versions.map(({ Key = '' }) => Key);
}

/** A record of the team that fits no schema. */
function damage({ fakes }: Account): void {
  const item = fakes.dynamodb.items('records').find(({ pk }) => pk?.S === 'team#finance');
  fakes.dynamodb.plant('records', { ...item, data: { S: '{"name":"finance"}' } });
}

describe('the nightly run on Lambda', () => {
  test('keeps the head of the day and finds an account well in which all is', async () => {
    const account = await openAwsAccount();
    expect(await night(account)).toEqual({ headKept: true, errors: 0, warnings: 0 });
    expect(account.metrics()).toEqual([{ HeadsKept: 1, Problems: 0, Warnings: 0 }]);
    expect(account.logs()).toEqual([]);
    expect(await heads(account)).toEqual(['heads/2026-03-02.json']);
    const Key = 'heads/2026-03-02.json';
    const { Body } = await account.clients.s3.send(new GetObjectCommand({ Bucket: 'cottage-audit', Key }));
    const head = JSON.parse((await Body?.transformToString()) ?? '') as object;
    expect(head).toMatchObject({
      streams: 1,
      entries: 1,
      marks: [['team#finance', 1, expect.any(String), 'team finance']],
    });
  });

  test('does nothing twice in one night, and all of it in the next', async () => {
    const account = await openAwsAccount();
    await night(account);
    expect(await night(account)).toEqual({ headKept: false, errors: 0, warnings: 0 });
    expect(await heads(account)).toHaveLength(1);
    account.clock.advance(DAY_MS);
    expect(await night(account)).toEqual({ headKept: true, errors: 0, warnings: 0 });
    expect(await heads(account)).toEqual(['heads/2026-03-02.json', 'heads/2026-03-03.json']);
    expect(account.metrics().map(({ HeadsKept }) => HeadsKept)).toEqual([1, 0, 1]);
  });

  test('counts and logs what does not fit: by code, with what to do', async () => {
    const account = await openAwsAccount();
    damage(account);
    await account.deps.dns.createZone('ghost.apps.example.com');
    const done = await night(account);
    expect(account.logs()).toContainEqual(
      expect.objectContaining({
        level: 'ERROR',
        message: 'the doctor found something',
        code: 'record/damaged',
        subject: 'team#finance/team',
        fix: expect.any(String) as string,
      }),
    );
    const zones = account.logs().filter(({ code }) => code === 'dns/zone-orphan');
    // Of the damaged team's zone nobody knows any more whose it is.
    expect(zones.map(({ subject }) => subject)).toEqual([
      'finance.apps.example.com',
      'ghost.apps.example.com',
    ]);
    expect(done.errors).toBeGreaterThanOrEqual(3);
    expect(account.metrics()).toEqual([{ HeadsKept: 1, Problems: done.errors, Warnings: done.warnings }]);
  });

  test('examines everything although the head can not be kept, and fails then, so that somebody is told', async () => {
    const account = await openAwsAccount();
    const report = () => ask(account, '/v1/doctor');
    expect((await report()).status).toBe(404);
    const { server } = account;
    server.faults.at(server.log.length + 1, 'server-error');
    await expect(night(account)).rejects.toMatchObject({ name: 'Busy' });
    expect(await heads(account)).toEqual([]);
    expect(json(await report())).toMatchObject({ ok: true });
    expect(account.metrics()).toContainEqual({ Retries: 1 });
    expect(await night(account)).toMatchObject({ headKept: true });
  });

  test('takes the word of whoever runs it by hand, and no odd one', async () => {
    const account = await openAwsAccount();
    expect(await night(account, { deep: true })).toMatchObject({ headKept: true });
    await expect(night(account, { deep: 'yes' })).rejects.toMatchObject({ name: 'ZodError' });
  });
});

describe('the doctor, asked on Lambda', () => {
  test('answers with what the last night found, and says when that was', async () => {
    const account = await openAwsAccount();
    expect(json(await ask(account, '/v1/doctor'))).toMatchObject({ status: 404, code: 'doctor/no-report' });
    await night(account);
    const first = json(await ask(account, '/v1/doctor'));
    expect(first).toEqual({
      at: '2026-03-02T09:00:00.000Z',
      ok: true,
      checked: expect.any(Object) as object,
      problems: [],
    });
    expect(first['checked']).toMatchObject({ teams: 1, apps: 0, auditEntries: 1 });
    damage(account);
    account.clock.advance(DAY_MS);
    expect(json(await ask(account, '/v1/doctor'))).toEqual(first);
    await night(account);
    const second = json(await ask(account, '/v1/doctor'));
    expect(second).toMatchObject({ at: '2026-03-03T09:00:00.000Z', ok: false });
    expect(second['problems']).toContainEqual(
      expect.objectContaining({ code: 'record/damaged', severity: 'error', subject: 'team#finance/team' }),
    );
  });

  test('scans nothing while somebody waits', async () => {
    const account = await openAwsAccount();
    await night(account);
    const before = account.server.log.length;
    expect((await ask(account, '/v1/doctor')).status).toBe(200);
    expect(account.server.log.slice(before).map(({ operation }) => operation)).toEqual(['GetObject']);
  });

  test('has no time to read every byte, and says how it is done', async () => {
    const account = await openAwsAccount();
    const answer = json(await ask(account, '/v1/doctor', { query: { deep: 'true' } }));
    expect(answer).toMatchObject({ status: 409, code: 'doctor/at-night' });
    expect(answer['detail']).toContain('{"deep": true}');
  });
});

describe('the audit trail, asked on Lambda', () => {
  test('is whole, compared with the heads that nights have kept', async () => {
    const account = await openAwsAccount();
    await night(account);
    const report = json(await ask(account, '/v1/audit/verify'));
    expect(report).toMatchObject({ ok: true, streams: 1, entries: 1, faults: [] });
    expect(report['compared']).toEqual([
      { what: 'audit-heads/2026-03-02.json', at: '2026-03-02T09:00:00.000Z' },
    ]);
  });

  test('is not whole once a record and its entries are gone, by what was kept under lock', async () => {
    const account = await openAwsAccount();
    const line = json(await ask(account, '/v1/audit/verify'))['head'];
    await night(account);
    const { fakes } = account;
    const left = fakes.dynamodb.items('records').filter(({ pk }) => !pk?.S?.includes('team#finance'));
    fakes.dynamodb.forget('records');
    for (const item of left) fakes.dynamodb.plant('records', item);
    const report = json(await ask(account, '/v1/audit/verify'));
    expect(report).toMatchObject({ ok: false, faults: [{ name: 'team finance', fault: 'missing' }] });
    const given = { method: 'POST', body: JSON.stringify({ head: line }) };
    expect(json(await ask(account, '/v1/audit/verify', given))).toMatchObject({ ok: false });
  });

  test('gives its head as a document, and every entry as a line', async () => {
    const account = await openAwsAccount();
    expect(json(await ask(account, '/v1/audit/head'))).toMatchObject({ cottageAuditHead: 1, streams: 1 });
    const lines = (await ask(account, '/v1/audit')).text.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { subject: 'team#finance', seq: 1, action: 'added' },
    ]);
  });
});
