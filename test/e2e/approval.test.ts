import { describe, expect, test } from 'vitest';
import { LocalIdentity } from '../../shared/identity/local-identity.ts';
import { PAGE, type Published, startTestCottage, type TestCottage } from '../builders/cottage.ts';
import { siteZip } from '../builders/site-zip.ts';

const HOST = 'lunch.kitchen.apps.localhost';
const site = (text: string) => ({ 'index.html': PAGE.replace('Soup', text) });

interface Question {
  decisionId: string;
  subject: string;
  state: string;
  askedOf: string[];
  requestedBy: string;
  app: { team: string; name: string };
  answer: { option: string; by: string; note?: string } | null;
}

/** A Cottage with a team whose approver is Bea, on a clock that can be moved. */
async function startKitchen() {
  const cottage = await startTestCottage({ config: { virtualClock: true } });
  const people = { leads: ['cem@example.com'], approvers: ['bea@example.com'], members: ['*'] };
  await cottage.addTeam('kitchen', people);
  return cottage;
}

const isolated = { team: 'kitchen', tier: 'isolated', visibility: 'company', dataClass: 'regulated' };

const ask = (cottage: TestCottage, text = 'Soup', app: object = {}) =>
  cottage.publish(site(text), { ...isolated, ...app });

async function questions(cottage: TestCottage): Promise<Question[]> {
  return ((await cottage.admin('GET', '/v1/decisions')).body as { decisions: Question[] }).decisions;
}

/** Answers as an admin of this mail address, and lets the publish go on. */
async function answer(cottage: TestCottage, { decision }: Published, option: string, by = 'bea@example.com') {
  const token = await new LocalIdentity(cottage.deps.signer).issue({ email: by, roles: ['admin'] });
  const answered = await fetch(`${cottage.cottage.ready.api}/v1/decisions/${decision?.decisionId}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ option }),
  });
  await cottage.cottage.runner.idle();
  return {
    status: answered.status,
    body: (await answered.json()) as Question & { code: string; detail: string },
  };
}

const codes = ({ findings }: Published) => findings.map(({ code }) => code);

describe('a publish to the isolated tier', () => {
  test('waits for a yes, asks the approvers by mail, and shows nothing meanwhile', async () => {
    const cottage = await startKitchen();
    const waiting = await ask(cottage);
    expect(waiting).toMatchObject({
      status: 'awaiting-approval',
      url: null,
      decision: { subject: 'tier:isolated', askedOf: ['bea@example.com', 'cem@example.com'] },
    });
    expect(waiting.stages.find(({ status }) => status === 'running')?.name).toBe('approval');
    expect(await questions(cottage)).toMatchObject([
      {
        decisionId: waiting.decision?.decisionId,
        subject: 'tier:isolated',
        state: 'open',
        app: { team: 'kitchen', name: 'lunch' },
        requestedBy: 'ana@example.com',
        answer: null,
      },
    ]);
    const mails = (await cottage.mails()).filter(({ subject }) => !subject.startsWith('Team'));
    expect(mails.map(({ to }) => to)).toEqual([['bea@example.com', 'cem@example.com']]);
    expect(mails[0]?.subject).toContain('Lunch');
    expect((await cottage.visit(HOST)).status).toBe(421);
    expect(await cottage.deps.hosting.bindings()).toEqual([]);
    expect(await cottage.blobs('apps/')).toEqual([]);
  });

  test('goes live once it is approved', async () => {
    const cottage = await startKitchen();
    const waiting = await ask(cottage);
    const approved = await answer(cottage, waiting, 'approve');
    expect(approved).toMatchObject({
      status: 200,
      body: { state: 'decided', answer: { option: 'approve', by: 'bea@example.com' } },
    });
    const live = await cottage.status(waiting.statusUrl);
    expect(live).toMatchObject({ status: 'live', decision: null });
    expect(live.stages.find(({ name }) => name === 'approval')?.status).toBe('passed');
    expect(await questions(cottage)).toEqual([]);
    expect((await cottage.visit(HOST)).status).toBe(401);
    expect((await cottage.admin('GET', '/v1/apps/kitchen/lunch')).body).toMatchObject({ tier: 'isolated' });
    expect(await cottage.problems()).toEqual([]);
  });

  test('is refused once it is declined, and says so to the owner', async () => {
    const cottage = await startKitchen();
    const waiting = await ask(cottage);
    await answer(cottage, waiting, 'decline');
    const declined = await cottage.status(waiting.statusUrl);
    expect(declined).toMatchObject({ status: 'refused', url: null });
    expect(codes(declined)).toContain('publish/declined');
    expect(declined.stages.find(({ name }) => name === 'approval')?.status).toBe('failed');
    expect(await questions(cottage)).toEqual([]);
    expect((await cottage.mails()).map(({ to }) => to)).toContainEqual(['ana@example.com']);
    expect([...(await cottage.blobs('work/')), ...(await cottage.blobs('incoming/'))]).toEqual([]);
    // No is no answer for ever: the next publish asks again.
    expect(await ask(cottage)).toMatchObject({ status: 'awaiting-approval' });
  });

  test('goes on after a restart in the middle of the wait', async () => {
    const first = await startKitchen();
    const waiting = await ask(first);
    await first.cottage.stop();
    const again = await startTestCottage({ folder: first.folder, config: { virtualClock: true } });
    expect(await answer(again, waiting, 'approve')).toMatchObject({ status: 200 });
    const { body } = await again.admin('GET', `/v1/publishes/${waiting.publishId}`);
    expect(body).toMatchObject({ status: 'live' });
  });

  test('from an upload still has its files when the yes comes on the last day', async () => {
    const cottage = await startKitchen();
    const uploadId = await cottage.upload(await siteZip(site('Soup')));
    const waiting = await cottage.publishUpload(uploadId, isolated);
    expect(waiting).toMatchObject({ status: 'awaiting-approval' });
    await cottage.advance('13d');
    await answer(cottage, waiting, 'approve');
    expect(await cottage.status(waiting.statusUrl)).toMatchObject({ status: 'live' });
  });
});

describe('the answer', () => {
  test.each(['admin@cottage.localhost', 'Admin@Cottage.localhost'])(
    'is not taken from whoever asks (%s)',
    async (owner) => {
      const cottage = await startKitchen();
      const waiting = await ask(cottage, 'Soup', { owner });
      const own = await answer(cottage, waiting, 'approve', 'admin@cottage.localhost');
      expect(own).toMatchObject({ status: 403, body: { code: 'decision/own-request' } });
      expect(await cottage.status(waiting.statusUrl)).toMatchObject({ status: 'awaiting-approval' });
      expect(await questions(cottage)).toHaveLength(1);
    },
  );

  test('that comes first counts; a later one learns what was decided', async () => {
    const cottage = await startKitchen();
    const waiting = await ask(cottage);
    await answer(cottage, waiting, 'decline');
    const late = await answer(cottage, waiting, 'approve', 'cem@example.com');
    expect(late).toMatchObject({ status: 409, body: { code: 'decision/closed' } });
    expect(late.body.detail).toContain('bea@example.com answered “decline”');
    expect(await cottage.status(waiting.statusUrl)).toMatchObject({ status: 'refused' });
  });

  test('of two at the same moment is one', async () => {
    const cottage = await startKitchen();
    const waiting = await ask(cottage);
    const both = await Promise.all([
      answer(cottage, waiting, 'approve', 'bea@example.com'),
      answer(cottage, waiting, 'decline', 'cem@example.com'),
    ]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    const approved = both[0].status === 200;
    const { status } = await cottage.status(waiting.statusUrl);
    expect(status).toBe(approved ? 'live' : 'refused');
    expect((await cottage.admin('GET', '/v1/audit/verify')).body).toMatchObject({ ok: true });
  });

  test('must be one of those offered, to a question there is', async () => {
    const cottage = await startKitchen();
    const waiting = await ask(cottage);
    expect(await answer(cottage, waiting, 'perhaps')).toMatchObject({
      status: 422,
      body: { code: 'body/fields' },
    });
    const strange = { ...waiting, decision: { decisionId: `d_${'a'.repeat(26)}`, subject: '' } };
    expect(await answer(cottage, strange, 'approve')).toMatchObject({
      status: 404,
      body: { code: 'decision/unknown' },
    });
    expect(await questions(cottage)).toHaveLength(1);
  });

  test('holds: the next publish of the app does not ask, another app does', async () => {
    const cottage = await startKitchen();
    await answer(cottage, await ask(cottage), 'approve');
    expect(await ask(cottage, 'Stew')).toMatchObject({ status: 'live' });
    expect(await ask(cottage, 'Cake', { name: 'dessert' })).toMatchObject({ status: 'awaiting-approval' });
  });

  test('holds for a year', async () => {
    const cottage = await startKitchen();
    await answer(cottage, await ask(cottage), 'approve');
    await cottage.advance('364d');
    expect(await ask(cottage, 'Stew')).toMatchObject({ status: 'live' });
    await cottage.advance('2d');
    expect(await ask(cottage, 'Salad')).toMatchObject({ status: 'awaiting-approval' });
  });
});

describe('an open question', () => {
  test('is taken over by a newer publish of the app; the older is superseded', async () => {
    const cottage = await startKitchen();
    const older = await ask(cottage);
    const newer = await ask(cottage, 'Stew');
    expect(newer).toMatchObject({
      status: 'awaiting-approval',
      decision: { decisionId: older.decision?.decisionId },
    });
    expect(await cottage.status(older.statusUrl)).toMatchObject({ status: 'superseded', url: null });
    expect(await questions(cottage)).toHaveLength(1);
    await answer(cottage, newer, 'approve');
    expect(await cottage.status(newer.statusUrl)).toMatchObject({ status: 'live' });
    expect(await cottage.status(older.statusUrl)).toMatchObject({ status: 'superseded' });
    expect((await cottage.admin('GET', '/v1/apps/kitchen/lunch')).body).toMatchObject({
      live: { release: newer.release },
    });
    expect([...(await cottage.blobs('work/')), ...(await cottage.blobs('incoming/'))]).toEqual([]);
  });

  test('that nobody answers for fourteen days refuses the publish', async () => {
    const cottage = await startKitchen();
    const waiting = await ask(cottage);
    await cottage.advance('13d');
    expect(await cottage.status(waiting.statusUrl)).toMatchObject({ status: 'awaiting-approval' });
    await cottage.advance('1d');
    const expired = await cottage.status(waiting.statusUrl);
    expect(expired).toMatchObject({ status: 'refused', url: null });
    expect(codes(expired)).toContain('publish/approval-expired');
    expect(expired.stages.find(({ name }) => name === 'approval')?.status).toBe('failed');
    expect(await questions(cottage)).toEqual([]);
    expect(await answer(cottage, waiting, 'approve')).toMatchObject({
      status: 409,
      body: { code: 'decision/closed' },
    });
    expect((await cottage.mails()).map(({ to }) => to)).toContainEqual(['ana@example.com']);
  });

  test('is withdrawn when the publish is cancelled', async () => {
    const cottage = await startKitchen();
    const waiting = await ask(cottage);
    const link = waiting.statusUrl.replace('?', '/cancel?');
    const cancelled = await fetch(link, { method: 'POST' });
    expect(cancelled.status).toBe(200);
    await cottage.cottage.runner.idle();
    expect(await cottage.status(waiting.statusUrl)).toMatchObject({ status: 'cancelled', decision: null });
    expect(await questions(cottage)).toEqual([]);
    const late = await answer(cottage, waiting, 'approve');
    expect(late).toMatchObject({ status: 409, body: { code: 'decision/closed' } });
    expect(late.body.detail).toContain('withdrawn');
    const { body } = await cottage.admin('GET', `/v1/publishes/${waiting.publishId}/history`);
    expect(body).toMatchObject({ executions: [{ status: 'SUCCEEDED' }] });
    expect([...(await cottage.blobs('work/')), ...(await cottage.blobs('incoming/'))]).toEqual([]);
    expect(await ask(cottage)).toMatchObject({ status: 'awaiting-approval' });
  });
});
