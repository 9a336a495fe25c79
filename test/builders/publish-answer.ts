import type { PublishAnswer } from '../../cli/api-types.ts';
import { STAGES } from '../../shared/publishes/publish.ts';

type Stage = PublishAnswer['stages'][number];

/** A publish that went live in 400 ms, unless told otherwise. */
export function publishAnswer(changes: Partial<PublishAnswer> = {}): PublishAnswer {
  return {
    publishId: 'p_1',
    status: 'live',
    attempt: 1,
    dryRun: false,
    app: {
      appId: 'a_1',
      team: 'demo',
      name: 'lunch',
      title: 'Lunch menu',
      host: 'lunch.demo.apps.localhost',
    },
    release: 'r_1',
    url: 'https://lunch.demo.apps.localhost:4643',
    stages: stages('passed'),
    findings: [],
    questions: [],
    summary: 'Lunch menu is live.',
    changes: null,
    decision: null,
    timing: { acceptedAt: '2026-03-02T09:00:00.000Z', endedAt: '2026-03-02T09:00:00.400Z', durationMs: 400 },
    ...changes,
  };
}

/** Every stage with one status, but for those that are named. */
export function stages(
  status: Stage['status'],
  others: Partial<Record<Stage['name'], Stage['status']>> = {},
): Stage[] {
  return STAGES.map((name) => {
    const own = others[name] ?? status;
    const times = { startedAt: '2026-03-02T09:00:00.000Z', endedAt: '2026-03-02T09:00:00.012Z' };
    return { name, status: own, ...(own === 'passed' || own === 'failed' ? times : {}) };
  });
}
