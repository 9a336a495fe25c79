import { type Clock, HOUR_MS, SECOND_MS } from '../clock/clock.ts';
import { Busy, Conflict, ExecutionAlreadyExists, TaskTimedOut } from '../errors/errors.ts';
import type { Events, EventType } from '../events/events.ts';
import { type AppId, instant } from '../ids/ids.ts';
import type { Mail } from '../mail/mail.ts';
import type { Operation, RecordStore } from '../records/record-store.ts';
import { creating, readRecord, removing, replacing, type Versioned } from '../records/record-type.ts';
import type { Log } from '../runtime/log.ts';
import type { WorkflowEngine } from '../workflow/engine.ts';
import { type Effect, type EffectRequest, EffectType, effectKey, newEffect } from './effect.ts';

/** A change of state: everything in it is written in one transaction, or nothing is. */
export interface Change {
  opId: string;
  operations: Operation[];
  effects?: EffectRequest[];
}

export interface EffectsDeps {
  store: RecordStore;
  clock: Clock;
  mail: Mail;
  events: Events;
  engine: Pick<WorkflowEngine, 'start' | 'complete'>;
  collectReleases: (appId: AppId) => Promise<void>;
  log: Log;
}

/**
 * Commits changes with their effects, and sees to it that effects happen: the committer tries each at once, the sweep
 * tries again whatever is left. At least once; every handler is idempotent by the effect's id.
 */
export class Effects {
  readonly #deps: EffectsDeps;
  constructor(deps: EffectsDeps) {
    this.#deps = deps;
  }

  /**
   * Writes the change, then tries its effects. What an effect throws is logged and retried later, never thrown here;
   * true when all of them happened.
   * @throws Conflict, TooLarge, Busy as `RecordStore.write` does; then nothing was written.
   */
  async commit({ opId, operations, effects = [] }: Change): Promise<boolean> {
    const now = instant(this.#deps.clock.now());
    const records = effects.map((request, i) => newEffect(opId, i, request, now));
    await this.#deps.store.write({
      opId,
      operations: [...operations, ...records.map((effect) => creating(EffectType, effect))],
    });
    let allDone = true;
    for (const effect of records) allDone = (await this.#attempt({ value: effect, version: 1 })) && allDone;
    return allDone;
  }

  /** Tries one effect that is due; gone already is done. True when nothing is left to do. */
  async run(effectId: string): Promise<boolean> {
    const effect = await readRecord(this.#deps.store, EffectType, effectKey(effectId));
    return effect === undefined || this.#attempt(effect);
  }

  async #attempt(effect: Versioned<Effect>): Promise<boolean> {
    const { clock, log } = this.#deps;
    const { effectId, attempts } = effect.value;
    try {
      await this.#perform(effect.value);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log.warn('effect failed', {
        effectId,
        kind: effect.value.request.kind,
        attempts: attempts + 1,
        error: message,
      });
      const dueAt = instant(clock.now() + Math.min(HOUR_MS, 30 * SECOND_MS * 2 ** Math.min(attempts, 10)));
      const next = { ...effect.value, attempts: attempts + 1, lastError: message.slice(0, 500), dueAt };
      await this.#finish(`${effectId}/retry-${attempts + 1}`, replacing(EffectType, effect, next));
      return false;
    }
    await this.#finish(`${effectId}/done`, removing(EffectType, effect));
    return true;
  }

  /** A conflict means a twin got there first, which is as good; a busy store, that the sweep finds it due once more. */
  async #finish(opId: string, operation: Operation): Promise<void> {
    try {
      await this.#deps.store.write({ opId, operations: [operation] });
    } catch (error) {
      if (!(error instanceof Conflict) && !(error instanceof Busy)) throw error;
    }
  }

  async #perform({ effectId, request, createdAt }: Effect): Promise<void> {
    const { engine, mail, events } = this.#deps;
    switch (request.kind) {
      case 'start-workflow':
        // Ended already: an earlier attempt started it and its answer got lost.
        return await engine
          .start(request.workflow, request.name, request.input)
          .catch(ignoring(ExecutionAlreadyExists));
      case 'complete-task':
        return await engine.complete(request.token, request.answer).catch(ignoring(TaskTimedOut));
      case 'mail':
        return await mail.send({ ...request, id: effectId });
      case 'collect-releases':
        return await this.#deps.collectReleases(request.appId);
      case 'event':
        return await events.publish({
          id: effectId,
          type: request.type as EventType,
          at: createdAt,
          detail: request.detail,
        });
    }
  }
}

function ignoring(kind: new (message: string) => Error) {
  return (error: unknown): void => {
    if (!(error instanceof kind)) throw error;
  };
}
