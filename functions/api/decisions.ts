import * as z from 'zod';
import { decide } from '../../shared/decisions/decide.ts';
import type { Decision } from '../../shared/decisions/decision.ts';
import { DecisionId, Instant } from '../../shared/ids/ids.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { endpoint } from './endpoint.ts';

const DecisionView = z
  .object({
    decisionId: DecisionId,
    kind: z.string(),
    subject: z.string(),
    options: z.array(z.string()),
    state: z.string(),
    app: z.object({ team: z.string(), name: z.string(), title: z.string() }),
    askedOf: z.array(z.string()),
    requestedBy: z.string(),
    createdAt: Instant,
    dueAt: Instant,
    answer: z
      .object({ option: z.string(), by: z.string(), at: Instant, note: z.string().optional() })
      .nullable(),
  })
  .meta({ id: 'Decision' });

async function view(decision: Decision, { publishes }: Deps): Promise<z.infer<typeof DecisionView>> {
  const { decisionId, kind, subject, options, state, askedOf, requestedBy, createdAt, dueAt, answer } =
    decision;
  const { team, name, settings } = (await publishes.get(decision.publishId)).value;
  return {
    decisionId,
    kind,
    subject,
    options,
    state,
    askedOf,
    requestedBy,
    createdAt,
    dueAt,
    app: { team, name, title: settings.title },
    answer: answer ?? null,
  };
}

export const listDecisions = endpoint({
  method: 'get',
  path: '/v1/decisions',
  operationId: 'listDecisions',
  summary: 'What waits for an answer, oldest first',
  auth: 'admin',
  answers: {
    200: { description: 'Open questions.', schema: z.object({ decisions: z.array(DecisionView) }) },
  },
  run: async (_, deps) => {
    const open = await deps.decisions.open();
    return {
      status: 200,
      body: { decisions: await Promise.all(open.map((decision) => view(decision, deps))) },
    };
  },
});

export const answerDecision = endpoint({
  method: 'post',
  path: '/v1/decisions/{id}',
  operationId: 'answerDecision',
  summary: 'Answer a question; the first answer wins',
  auth: 'admin',
  params: z.object({ id: DecisionId }),
  body: z.object({ option: z.string(), note: z.string().max(500).optional() }),
  answers: { 200: { description: 'What was decided.', schema: DecisionView } },
  run: async ({ params, body, principal }, deps) => {
    const answer = { option: body.option, note: body.note, by: principal?.email ?? '' };
    return { status: 200, body: await view(await decide(params.id, answer, deps), deps) };
  },
});
