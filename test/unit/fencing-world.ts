import assert from 'node:assert/strict';
import { type App, AppSchema } from '../../shared/apps/app.ts';
import { Apps } from '../../shared/apps/apps.ts';
import { converge, siteOf } from '../../shared/apps/converge.ts';
import { confirm, flip, pointAt, promote, revert, rollback, unpin } from '../../shared/apps/fencing.ts';
import { nextAppAction } from '../../shared/apps/next-action.ts';
import { type LifecycleEvent, transition } from '../../shared/apps/states.ts';
import { PreconditionFailed } from '../../shared/errors/errors.ts';
import { type Hosting, type Site, sameSite } from '../../shared/hosting/hosting.ts';
import { HOLDING, type PublishId, type ReleaseId, type Sequence } from '../../shared/ids/ids.ts';
import type { RecordStore } from '../../shared/records/record-store.ts';
import { appId, draftApp, publishId, releaseId, sequence, T0 } from '../builders/app.ts';

interface WorldPublish {
  publishId: PublishId;
  wanted: { seq: Sequence; release: ReleaseId; access: 'open' | 'viewers'; spa: boolean };
  /** The generation its flip took. */
  gen?: number;
}

/** What somebody saw at the edge, and has not written down yet. */
interface Verdict {
  gen: number;
  site: string;
  passed: boolean;
  publishId?: PublishId;
}

export type AdminAct = 'rollback' | 'unpin' | 'promote' | 'hold' | 'release' | 'archive' | 'restore';

/** What a name shows from the moment it is bound. */
const UNTOUCHED: Site = { release: HOLDING, page: 'app', access: 'open', spa: false, headers: {} };

/**
 * One app, its record, a tiny edge, and all who act on them, one step at a time and in any order. Whatever must always
 * hold is checked at every step. A transaction on the record is one step, as in the store; bringing the edge to the
 * target is the real `converge`, which is stopped before each of its reads and writes.
 */
export class World {
  #app: App = draftApp();
  #edge: { site: Site; etag: number } = { site: UNTOUCHED, etag: 1 };
  #lastSequence = 0;
  #newestFlipped = 0;
  readonly #publishes: WorldPublish[] = [];
  readonly #drawn: Sequence[] = [];
  readonly #verdicts: Verdict[] = [];
  /** Calls of `converge` that wait to be answered. */
  readonly #calls: (() => void)[] = [];
  readonly #convergedGens = new Set<number>();
  readonly #failures: unknown[] = [];
  /** Every site that a transaction has set as the target. */
  readonly #targets = new Set<string>();
  readonly #verified = new Set<string>();

  /** A publish of this release is accepted. */
  accept(release: number, access: 'open' | 'viewers'): void {
    const seq = this.#draw();
    this.#publishes.push({
      publishId: publishId(`publish-${seq}`),
      wanted: { seq, release: releaseId(`release-${release}`), access, spa: false },
    });
  }

  /** An accepted publish goes live in the catalog; any number of times, late or not. */
  flip(which: number): void {
    const publish = pick(this.#publishes, which);
    if (!publish) return;
    const { seq } = publish.wanted;
    const before = this.#app;
    const isMine = before.target?.setBy === publish.publishId && before.target.seq === seq;
    const result = flip(before, publish.wanted, publish.publishId, T0);
    if ('app' in result) this.#commit(result.app);
    if ('gen' in result) publish.gen = result.gen;
    const isBlocked = before.pin !== undefined || before.hold !== undefined || before.state === 'archived';
    if (isBlocked) assert.deepEqual(this.#app.target, before.target);
    else if (!isMine) {
      const isNewest = seq > (before.target?.seq ?? 0);
      assert.equal(result.kind === 'flipped' || result.kind === 'unchanged', isNewest);
    }
    if (result.kind === 'flipped' || result.kind === 'unchanged') {
      assert(seq > this.#newestFlipped, 'an older publish flipped after a newer one');
      this.#newestFlipped = seq;
    }
  }

  /** Somebody begins to bring the edge to the target. */
  startConverge(): void {
    converge(appId(), { hosting: this.#hosting(), apps: new Apps(this.#store()) }).then(
      (gen) => this.#convergedGens.add(gen),
      (error: unknown) => this.#failures.push(error),
    );
  }

  /** One of the calls that wait is answered. */
  async answer(which: number): Promise<void> {
    const call = pick(this.#calls, which);
    if (!call) return;
    this.#calls.splice(this.#calls.indexOf(call), 1);
    call();
    await new Promise(setImmediate);
    this.#check();
  }

  /** A publish that has flipped and converged looks at the edge. */
  look(which: number, passed: boolean): void {
    const publish = pick(this.#publishes, which);
    const { target } = this.#app;
    if (!publish || !target || publish.gen !== target.gen || !this.#shows(target.gen)) return;
    this.#verdicts.push({ gen: target.gen, site: siteText(target), passed, publishId: publish.publishId });
  }

  /** Somebody looks at what was set by hand or pointed back, and finds it good. */
  lookAfter(): void {
    const { target } = this.#app;
    if (!target || !this.#shows(target.gen)) return;
    if (this.#publishes.some((publish) => publish.gen === target.gen)) return;
    this.#verdicts.push({ gen: target.gen, site: siteText(target), passed: true });
  }

  /** What somebody saw, however long ago, is written down. */
  conclude(which: number): void {
    const verdict = pick(this.#verdicts, which);
    if (!verdict) return;
    this.#verdicts.splice(this.#verdicts.indexOf(verdict), 1);
    const before = this.#app;
    const isForeign = before.target?.gen !== verdict.gen;
    if (verdict.passed) {
      const next = confirm(before, verdict.gen, verdict.publishId, T0);
      assert.equal(next === undefined, isForeign);
      this.#verified.add(verdict.site);
      if (next && verdict.publishId)
        this.#commit({ ...next, state: transition(next.state, 'publish') ?? next.state });
      else if (next) this.#commit(next);
    } else {
      const next = revert(before, verdict.gen, verdict.publishId ?? publishId('nobody'), T0);
      assert.equal(next === undefined, isForeign);
      if (!next) return;
      assert.equal(next.target?.seq, before.target?.seq);
      assert.equal(next.target?.release, before.live?.release ?? HOLDING);
      this.#commit(next);
    }
  }

  /** An admin's sequence is drawn; it may be written much later. */
  drawForAdmin(): void {
    this.#drawn.push(this.#draw());
  }

  /** An admin acts, with a sequence drawn before; `choice` is which release to go back to. */
  act(what: AdminAct, which: number, choice = which): void {
    const seq = pick(this.#drawn, which);
    if (seq === undefined) return;
    this.#drawn.splice(this.#drawn.indexOf(seq), 1);
    const next = this.#acted(what, seq, choice);
    if (next) this.#commit(next);
  }

  /** Everybody ends what they began; what the app then needs is done as the sweep does it. */
  async quiesce(): Promise<{ shown: Site; meant: Site }> {
    while (this.#calls.length > 0) await this.answer(0);
    const { target, settledGen } = this.#app;
    if (target && settledGen !== target.gen) {
      assert.equal(nextAppAction(this.#app, T0)?.action, 'converge');
      this.startConverge();
      while (this.#calls.length > 0) await this.answer(0);
    }
    return { shown: this.#edge.site, meant: target ? siteOf(target) : UNTOUCHED };
  }

  #acted(what: AdminAct, seq: Sequence, choice: number): App | undefined {
    const app = this.#app;
    const isUp = !app.hold && app.state !== 'archived';
    switch (what) {
      case 'rollback': {
        const chosen = pick(app.releases, choice)?.release;
        return isUp && chosen ? rollback(app, seq, chosen, 'ada', T0) : undefined;
      }
      case 'unpin':
        return unpin(app);
      case 'promote':
        return promote(app, seq, T0);
      case 'hold': {
        const held = { ...app, hold: { reason: 'test', by: 'ada', at: T0 } };
        return app.target ? pointAt(held, seq, 'held', T0) : held;
      }
      case 'release': {
        const { hold, ...freed } = app;
        if (!hold || !app.target) return hold && freed;
        return pointAt(freed, seq, app.state === 'archived' ? 'parked' : 'live', T0);
      }
      case 'archive':
      case 'restore':
        return this.#moved(what, what === 'archive' ? 'parked' : 'live', seq);
    }
  }

  #moved(event: LifecycleEvent, show: 'parked' | 'live', seq: Sequence): App | undefined {
    const state = transition(this.#app.state, event);
    if (!state) return undefined;
    const moved = { ...this.#app, state };
    return moved.hold ? moved : pointAt(moved, seq, show, T0);
  }

  #draw(): Sequence {
    this.#lastSequence += 1;
    return sequence(this.#lastSequence);
  }

  /** Does the edge show the target, brought there by somebody for this very generation? */
  #shows(gen: number): boolean {
    const { target } = this.#app;
    return target !== undefined && this.#convergedGens.has(gen) && sameSite(this.#edge.site, siteOf(target));
  }

  #commit(next: App): void {
    const { target: before } = this.#app;
    const { target: after } = next;
    if (after !== before) {
      assert.equal(after?.gen, (before?.gen ?? 0) + 1);
      assert(after && after.seq >= (before?.seq ?? 0), 'a sequence went back');
    }
    this.#app = AppSchema.parse(JSON.parse(JSON.stringify(next)));
    if (after) this.#targets.add(JSON.stringify(siteOf(after)));
    this.#check();
  }

  #check(): void {
    const { live, target, settledGen } = this.#app;
    if (live) assert(this.#verified.has(siteText(live)), 'what is live was never verified');
    if (target && settledGen === target.gen) assert.deepEqual(this.#edge.site, siteOf(target));
    const broken = this.#failures.find((error) => !(error instanceof PreconditionFailed));
    if (broken) throw broken;
  }

  #hosting(): Hosting {
    return {
      bindings: () =>
        this.#gate(() => [
          { app: appId(), host: this.#app.subdomain, site: this.#edge.site, etag: String(this.#edge.etag) },
        ]),
      point: (_, site, ifMatch) =>
        this.#gate(() => {
          if (ifMatch !== String(this.#edge.etag)) throw new PreconditionFailed('another ETag');
          assert(this.#targets.has(JSON.stringify(site)), 'no transaction has set this target');
          this.#edge = { site, etag: this.#edge.etag + 1 };
        }),
      bind: unexpected,
      unbind: unexpected,
    };
  }

  #store(): RecordStore {
    const get: RecordStore['get'] = (key) =>
      this.#gate(() => ({ key, version: 1, opId: 'op', data: JSON.parse(JSON.stringify(this.#app)) }));
    return { get, query: unexpected, write: unexpected, increment: unexpected };
  }

  /** The work is done when, and not before, the call is answered. */
  #gate<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#calls.push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}

const unexpected = (): never => {
  throw new TypeError('converge only reads the app, and points');
};

/** One of the list, counted round and round; -1 is the last. */
const pick = <T>(list: readonly T[], which: number): T | undefined =>
  list.at(which % Math.max(1, list.length));

const siteText = ({ release, access, spa }: { release: string; access: string; spa: boolean }): string =>
  `${release} ${access} ${spa}`;
