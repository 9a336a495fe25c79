import type { Instant } from '../ids/ids.ts';
import type { Stage, StageName } from './publish.ts';

/** The stages with this one passed just now. */
export function passing(stages: Stage[], name: StageName, now: Instant): Stage[] {
  return stages.map((stage) =>
    stage.name === name ? { name, status: 'passed', startedAt: now, endedAt: now } : stage,
  );
}
