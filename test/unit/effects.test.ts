import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../shared/clock/clock.ts';
import { type EffectRequest, EffectType, effectKey, newEffect } from '../../shared/effects/effect.ts';
import { Effects, type EffectsDeps } from '../../shared/effects/effects.ts';
import {
  Busy,
  Conflict,
  ExecutionAlreadyExists,
  NotFound,
  TaskTimedOut,
} from '../../shared/errors/errors.ts';
import { LocalEvents } from '../../shared/events/local-events.ts';
import { instant } from '../../shared/ids/ids.ts';
import { LocalMail } from '../../shared/mail/local-mail.ts';
import { dueRecords, firstDue } from '../../shared/records/due.ts';
import { creating } from '../../shared/records/record-type.ts';
import { SqliteRecordStore } from '../../shared/records/sqlite-record-store.ts';
import { appId } from '../builders/app.ts';
import { around } from '../builders/around.ts';
import { TestClock } from '../builders/clock.ts';
import { override } from '../builders/override.ts';
import { tempDatabase, tempFolder } from '../builders/temp.ts';
import { create, key } from '../contract/record-operations.ts';

const MAIL = {
  kind: 'mail' as const,
  to: ['ana@example.com'],
  subject: 'Hello',
  text: 'Hello',
  html: '',
} satisfies EffectRequest;
const EVENT: EffectRequest = { kind: 'event', type: 'AppPublished', detail: { name: 'lunch' } };
const START: EffectRequest = { kind: 'start-workflow', workflow: 'publish', name: 'p-1', input: { n: 1 } };
const COMPLETE: EffectRequest = { kind: 'complete-task', token: 't', answer: { output: { ok: true } } };

/** Effects over a real store, mailbox and event log; the engine notes its calls. */
function openEffects(changes: Partial<EffectsDeps> = {}) {
  const folder = tempFolder();
  const database = tempDatabase(folder);
  const clock = new TestClock();
  const store = new SqliteRecordStore(database);
  const mailFolder = join(folder, 'mail');
  const mail = new LocalMail({ folder: mailFolder, from: 'cottage@example.com', clock });
  const events = new LocalEvents(database);
  const calls: unknown[][] = [];
  const log: string[] = [];
  const note =
    (name: string) =>
    (...args: unknown[]) => {
      calls.push([name, ...args]);
      return Promise.resolve();
    };
  const deps: EffectsDeps = {
    store,
    clock,
    mail,
    events,
    engine: { start: note('start'), complete: note('complete') },
    collectReleases: note('collect'),
    log: { debug() {}, info() {}, warn: (message) => void log.push(message), error() {} },
    ...changes,
  };
  const due = async () => {
    const ids: string[] = [];
    for await (const record of dueRecords(store, instant(clock.now())))
      ids.push(record.key.pk.slice('effect#'.length));
    return ids;
  };
  const sent = () =>
    (readdirSync(folder).includes('mail') ? readdirSync(mailFolder) : []).filter((f) => f.endsWith('.eml'));
  return { effects: new Effects(deps), deps, store, clock, events, calls, log, due, sent };
}

const failing = (error: Error) => async () => {
  throw error;
};
const idOf = (opId: string, position = 0) => newEffect(opId, position, MAIL, '').effectId;

describe('committing a change', () => {
  it('writes its records, makes its effects happen, and leaves none of them behind', async () => {
    const { effects, store, events, calls, due, sent } = openEffects();
    const change = {
      opId: 'op-1',
      operations: [create(key('a'))],
      effects: [MAIL, EVENT, START, COMPLETE, { kind: 'collect-releases' as const, appId: appId() }],
    };
    expect(await effects.commit(change)).toBe(true);
    expect(await store.get(key('a'))).toMatchObject({ version: 1, opId: 'op-1' });
    expect(sent()).toEqual([`${idOf('op-1')}.eml`]);
    expect(events.after(0)).toMatchObject([
      {
        id: idOf('op-1', 1),
        type: 'AppPublished',
        at: '2026-03-02T09:00:00.000Z',
        detail: { name: 'lunch' },
      },
    ]);
    expect(calls).toEqual([
      ['start', 'publish', 'p-1', { n: 1 }],
      ['complete', 't', { output: { ok: true } }],
      ['collect', appId()],
    ]);
    expect(await due()).toEqual([]);
  });

  it('writes effects and records in one transaction, before any effect is tried', async () => {
    const opened = openEffects();
    const order: string[] = [];
    const store = around(opened.store, async ({ verb, args, go }) => {
      const [transaction] = args as [{ operations: { op: string; key: { pk: string } }[] }];
      order.push(
        `${verb} ${transaction.operations.map((o) => `${o.op} ${o.key.pk.split('#')[0]}`).join(', ')}`,
      );
      return go();
    });
    const mail = override(opened.deps.mail, {
      send: (message) => {
        order.push('send');
        return opened.deps.mail.send(message);
      },
    });
    const effects = new Effects({ ...opened.deps, store, mail });
    await effects.commit({ opId: 'op-1', operations: [create(key('a'))], effects: [MAIL] });
    expect(order).toEqual(['write create p, create effect', 'send', 'write remove effect']);
  });

  it('does nothing at all when a record of it conflicts', async () => {
    const { effects, store, due, sent } = openEffects();
    await effects.commit({ opId: 'op-1', operations: [create(key('a'))] });
    const change = { opId: 'op-2', operations: [create(key('a')), create(key('b'))], effects: [MAIL] };
    await expect(effects.commit(change)).rejects.toThrow(Conflict);
    expect(await store.get(key('b'))).toBeUndefined();
    expect([sent(), await due()]).toEqual([[], []]);
  });

  it('is the same change when it is committed again: one mail', async () => {
    const { effects, due, sent } = openEffects();
    const change = { opId: 'op-1', operations: [create(key('a'))], effects: [MAIL] };
    expect(await effects.commit(change)).toBe(true);
    expect(await effects.commit(change)).toBe(true);
    expect(sent()).toHaveLength(1);
    expect(await due()).toEqual([]);
  });

  it('sends every mail of it, and each of another change with the same words', async () => {
    const { effects, sent } = openEffects();
    await effects.commit({ opId: 'op-1', operations: [create(key('a'))], effects: [MAIL, MAIL] });
    await effects.commit({ opId: 'op-2', operations: [create(key('b'))], effects: [MAIL] });
    expect(sent()).toHaveLength(3);
  });

  it('tells a mail its effect’s id, so that a second try is the same mail', async () => {
    const ids: string[] = [];
    const { effects } = openEffects({ mail: { send: async ({ id }) => void ids.push(id) } });
    await effects.commit({ opId: 'op-1', operations: [create(key('a'))], effects: [MAIL, MAIL] });
    expect(ids).toEqual([idOf('op-1', 0), idOf('op-1', 1)]);
  });
});

describe('an effect that fails', () => {
  it('is no failure of the change; the others happen, and it stays due', async () => {
    const { effects, store, clock, events, log, due } = openEffects({
      mail: { send: failing(new NotFound('no host')) },
    });
    const change = { opId: 'op-1', operations: [create(key('a'))], effects: [MAIL, EVENT] };
    expect(await effects.commit(change)).toBe(false);
    expect(events.after(0)).toHaveLength(1);
    expect(log).toEqual(['effect failed']);
    expect(await due()).toEqual([]);
    clock.advance(30 * SECOND_MS);
    expect(await due()).toEqual([idOf('op-1')]);
    expect((await store.get(effectKey(idOf('op-1'))))?.data).toMatchObject({
      attempts: 1,
      lastError: 'no host',
    });
  });

  it('is tried again after 30 s, then twice as long each time, up to an hour', async () => {
    const { effects, store, clock } = openEffects({ mail: { send: failing(new Error('down')) } });
    await effects.commit({ opId: 'op-1', operations: [create(key('a'))], effects: [MAIL] });
    const delays: number[] = [];
    for (let attempt = 1; attempt <= 14; attempt += 1) {
      const effect = await store.get(effectKey(idOf('op-1')));
      delays.push((Date.parse(String(effect?.data.dueAt)) - clock.now()) / SECOND_MS);
      clock.advance(DAY_MS);
      expect(await effects.run(idOf('op-1'))).toBe(false);
    }
    const hour = HOUR_MS / SECOND_MS;
    expect(delays).toEqual([30, 60, 120, 240, 480, 960, 1920, hour, hour, hour, hour, hour, hour, hour]);
  });

  it('keeps no more than 500 characters of why', async () => {
    const { effects, store } = openEffects({ mail: { send: failing(new Error('x'.repeat(1000))) } });
    await effects.commit({ opId: 'op-1', operations: [create(key('a'))], effects: [MAIL] });
    expect((await store.get(effectKey(idOf('op-1'))))?.data['lastError']).toBe('x'.repeat(500));
  });

  it('happens once it can, and is then gone', async () => {
    let isDown = true;
    const opened = openEffects();
    const mail = override(opened.deps.mail, {
      send: (message) => (isDown ? Promise.reject(new Error('down')) : opened.deps.mail.send(message)),
    });
    const effects = new Effects({ ...opened.deps, mail });
    await effects.commit({ opId: 'op-1', operations: [create(key('a'))], effects: [MAIL] });
    isDown = false;
    expect(await effects.run(idOf('op-1'))).toBe(true);
    expect(opened.sent()).toHaveLength(1);
    opened.clock.advance(DAY_MS);
    expect(await opened.due()).toEqual([]);
    expect(await effects.run(idOf('op-1'))).toBe(true);
  });
});

/** What a committer that died had written. */
async function crashed() {
  const opened = openEffects();
  const effect = newEffect('op-1', 0, MAIL, instant(opened.clock.now()));
  await opened.store.write({ opId: 'op-1', operations: [create(key('a')), creating(EffectType, effect)] });
  return { ...opened, effectId: effect.effectId };
}

describe('a crash between the commit and the effect', () => {
  it('leaves the effect due at once, and the sweep’s run makes it happen', async () => {
    const { effects, store, clock, due, sent, effectId } = await crashed();
    expect(await due()).toEqual([effectId]);
    expect(await firstDue(store)).toBe(instant(clock.now()));
    expect(await effects.run(effectId)).toBe(true);
    expect(sent()).toHaveLength(1);
    expect(await due()).toEqual([]);
  });

  it('is mended by the committer’s own repeat, too', async () => {
    const { effects, due, sent } = await crashed();
    await effects.commit({ opId: 'op-1', operations: [create(key('a'))], effects: [MAIL] });
    expect(sent()).toHaveLength(1);
    expect(await due()).toEqual([]);
  });

  it('after the mail went out and before that was noted sends no second mail', async () => {
    const { effects, deps, sent, effectId } = await crashed();
    await deps.mail.send({ ...MAIL, id: effectId });
    expect(await effects.run(effectId)).toBe(true);
    expect(sent()).toHaveLength(1);
  });

  it('run by two at once is one mail, and nothing is left', async () => {
    const { effects, due, sent, effectId } = await crashed();
    expect(await Promise.all([effects.run(effectId), effects.run(effectId)])).toEqual([true, true]);
    expect(sent()).toHaveLength(1);
    expect(await due()).toEqual([]);
  });
});

describe('what counts as done', () => {
  it.each<[string, EffectRequest, Partial<EffectsDeps['engine']>]>([
    [
      'an execution that was started before and has ended',
      START,
      { start: failing(new ExecutionAlreadyExists('x')) },
    ],
    ['a token that was answered before', COMPLETE, { complete: failing(new TaskTimedOut('x')) }],
  ])('is %s', async (_, request, engine) => {
    const opened = openEffects();
    const effects = new Effects({ ...opened.deps, engine: { ...opened.deps.engine, ...engine } });
    expect(await effects.commit({ opId: 'op-1', operations: [create(key('a'))], effects: [request] })).toBe(
      true,
    );
    opened.clock.advance(DAY_MS);
    expect(await opened.due()).toEqual([]);
  });

  it.each<[string, EffectRequest, Partial<EffectsDeps['engine']>]>([
    ['a start that timed out', START, { start: failing(new TaskTimedOut('x')) }],
    ['an answer to what already exists', COMPLETE, { complete: failing(new ExecutionAlreadyExists('x')) }],
  ])('is not %s', async (_, request, engine) => {
    const opened = openEffects();
    const effects = new Effects({ ...opened.deps, engine: { ...opened.deps.engine, ...engine } });
    expect(await effects.commit({ opId: 'op-1', operations: [create(key('a'))], effects: [request] })).toBe(
      false,
    );
  });
});

describe('a store that is busy once the effect has happened', () => {
  it('is no failure of the change: it stays due, and happens at worst again', async () => {
    const opened = openEffects();
    let writes = 0;
    const store = around(opened.store, ({ verb, go }) => {
      if (verb === 'write') writes += 1;
      return verb === 'write' && writes === 2 ? Promise.reject(new Busy('locked')) : go();
    });
    const effects = new Effects({ ...opened.deps, store });
    expect(await effects.commit({ opId: 'op-1', operations: [create(key('a'))], effects: [MAIL] })).toBe(
      true,
    );
    expect(await opened.due()).toEqual([idOf('op-1')]);
    expect(await effects.run(idOf('op-1'))).toBe(true);
    expect(opened.sent()).toHaveLength(1);
  });
});
