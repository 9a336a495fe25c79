import * as z from 'zod';
import type { App } from '../apps/app.ts';
import { Cancelled, Conflict, CottageError } from '../errors/errors.ts';
import type { Finding } from '../findings/finding.ts';
import { AppId, instant, PublishId, Sequence } from '../ids/ids.ts';
import { isEnded, type Publish, type StageName } from '../publishes/publish.ts';
import type { JsonObject } from '../records/record-store.ts';
import type { Versioned } from '../records/record-type.ts';
import type { Deps } from './deps.ts';

/** What the engine calls: one step, its payload parsed, its dependencies given. */
export interface Step {
  input: z.ZodType;
  run(input: unknown, deps: Deps): Promise<JsonObject>;
}

/** The execution's input, never replaced; every step's payload is built from it. */
export const PublishInput = z.object({ publishId: PublishId, appId: AppId, sequence: Sequence });
export type PublishInput = z.infer<typeof PublishInput>;

/** A step of any workflow: schema, work. */
export function step<T>(definition: {
  input: z.ZodType<T>;
  run: (input: T, deps: Deps) => Promise<JsonObject>;
}): Step {
  return {
    input: definition.input,
    run: async (payload, deps) => definition.run(definition.input.parse(payload), deps),
  };
}

export interface StageResult {
  /** What the workflow's choices read. */
  outcome: string;
  /** Fields of the publish record this stage decided. */
  patch?: Partial<Publish>;
  /** All this stage found: replaces what an earlier run of it found. */
  findings?: Finding[];
  status?: 'passed' | 'skipped' | 'failed';
  /** Stages this publish will not need. */
  skips?: StageName[];
  /** Thrown once the result is recorded: the workflow goes the other way. */
  halt?: CottageError;
}

/** At most this many findings are kept; a person cannot read more. */
const MAX_FINDINGS = 200;

/**
 * A step of the publish workflow that is one of the stages people follow. It may run twice, overlap with a late twin, or
 * die half-way: the work is idempotent, and its result is one conditional write on the publish record.
 * Throws `Cancelled` when the publish has ended otherwise than live meanwhile.
 */
export function stageStep(
  name: StageName,
  run: (
    publish: Publish,
    deps: Deps,
    payload: PublishInput & Record<string, unknown>,
  ) => Promise<StageResult>,
): Step {
  return step({
    input: z.looseObject(PublishInput.shape),
    run: async (input, deps) => {
      const { publishes, clock, log } = deps;
      const { value: publish } = await publishes.get(input.publishId);
      // Cancelled, or ended by the sweep: an execution that is redriven later must not put it live any more. One that is
      // live already has a late twin at most, which finds everything done.
      if (isEnded(publish.status) && publish.status !== 'live')
        throw new Cancelled(`${publish.publishId} has ended: ${publish.status}`);
      const startedAt = instant(clock.now());
      const result = await run(publish, deps, input);
      await recordStage(publish, name, deps, (fresh) => ({
        ...fresh,
        status:
          fresh.status === 'accepted' || fresh.status === 'awaiting-approval' ? 'running' : fresh.status,
        ...result.patch,
        stages: fresh.stages.map((stage) =>
          stage.name === name
            ? { name, status: result.status ?? 'passed', startedAt, endedAt: instant(clock.now()) }
            : result.skips?.includes(stage.name)
              ? { name: stage.name, status: 'skipped' }
              : stage,
        ),
        findings: [
          ...fresh.findings.filter((f) => f.stage !== name),
          ...(result.findings ?? []).map((f) => ({ stage: name, ...f })),
        ].slice(0, MAX_FINDINGS),
      }));
      log.info('stage done', { publishId: publish.publishId, stage: name, outcome: result.outcome });
      if (result.halt) throw result.halt;
      return { outcome: result.outcome };
    },
  });
}

const TRIES = 5;

/**
 * Writes the publish record, reading it again when somebody else changed it meanwhile. An ended publish stays as it is.
 * `actor` tells who writes: the same write tried twice is recognised, two writers of one version are not mixed up.
 */
export async function recordStage(
  publish: Publish,
  actor: string,
  { publishes, effects, clock }: Deps,
  change: (fresh: Publish) => Publish,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const read: Versioned<Publish> = await publishes.get(publish.publishId);
    if (isEnded(read.value.status)) {
      if (read.value.status === 'cancelled') throw new Cancelled(`${publish.publishId} was cancelled`);
      return;
    }
    const now = instant(clock.now());
    try {
      const operations = publishes.changing(read, change(read.value), now);
      await effects.commit({ opId: `${publish.publishId}/${actor}/v${read.version}`, operations });
      return;
    } catch (error) {
      if (!(error instanceof Conflict) || attempt === TRIES) throw error;
    }
  }
}

/** Changes the app with a fresh read each time, until the write holds. `change` returns undefined to change nothing. */
export async function changeApp(
  appId: AppId,
  { apps, effects, clock }: Pick<Deps, 'apps' | 'effects' | 'clock'>,
  opId: string,
  change: (app: App) => AppChange | undefined,
): Promise<App | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const read = await apps.get(appId);
    const result = change(read.value);
    if (!result) return undefined;
    const now = instant(clock.now());
    try {
      const operations = apps.changing(read, result.app, now, result.happening);
      await effects.commit({
        opId: `${opId}/v${read.version}`,
        operations: [...operations, ...(result.operations ?? [])],
        effects: result.effects ?? [],
      });
      return result.app;
    } catch (error) {
      if (!(error instanceof Conflict) || attempt === TRIES) throw error;
    }
  }
}

export interface AppChange {
  app: App;
  happening?: Parameters<Deps['apps']['changing']>[3];
  operations?: ReturnType<Deps['apps']['changing']>;
  effects?: NonNullable<Parameters<Deps['effects']['commit']>[0]['effects']>;
}

/** The word an error goes by in a workflow file. */
export const errorName = (error: unknown): string =>
  error instanceof CottageError ? error.name : 'Unexpected';
