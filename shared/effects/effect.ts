import * as z from 'zod';
import { AppId, derivedId, EffectId, Instant } from '../ids/ids.ts';
import { dueKeys } from '../records/due.ts';
import type { JsonObject } from '../records/record-store.ts';
import type { RecordType } from '../records/record-type.ts';
import { WORKFLOWS } from '../workflow/engine.ts';

const jsonObject = z.custom<JsonObject>((v) => typeof v === 'object' && v !== null && !Array.isArray(v));

/** Something to happen outside the store, written with what causes it. */
export const EffectRequest = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('start-workflow'),
    workflow: z.enum(WORKFLOWS),
    name: z.string(),
    input: jsonObject,
  }),
  z.object({
    kind: z.literal('complete-task'),
    token: z.string(),
    answer: z.union([z.object({ output: jsonObject }), z.object({ error: z.string(), cause: z.string() })]),
  }),
  z.object({
    kind: z.literal('mail'),
    to: z.array(z.string()).min(1),
    subject: z.string(),
    text: z.string(),
    html: z.string(),
  }),
  z.object({ kind: z.literal('collect-releases'), appId: AppId }),
  z.object({ kind: z.literal('event'), type: z.string(), detail: jsonObject }),
]);
export type EffectRequest = z.infer<typeof EffectRequest>;

export const EffectSchema = z.object({
  effectId: EffectId,
  request: EffectRequest,
  createdAt: Instant,
  dueAt: Instant,
  attempts: z.int(),
  lastError: z.string().optional(),
});
export type Effect = z.infer<typeof EffectSchema>;

export const effectKey = (effectId: string) => ({ pk: `effect#${effectId}`, sk: 'effect' });

export const EffectType: RecordType<Effect> = {
  schema: EffectSchema,
  key: (effect) => effectKey(effect.effectId),
  index: (effect) => dueKeys(effect.effectId, { action: 'run', at: effect.dueAt }),
};

/** The same transaction makes the same effects, however often it is tried. */
export function newEffect(opId: string, position: number, request: EffectRequest, now: Instant): Effect {
  const effectId = EffectId.parse(derivedId('e', opId, String(position)));
  return { effectId, request, createdAt: now, dueAt: now, attempts: 0 };
}
