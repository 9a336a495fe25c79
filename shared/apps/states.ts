import * as z from 'zod';

/** The one table of what may follow what; the documentation prints it. A hold is an axis beside the state. */
export const TRANSITIONS = {
  draft: { publish: 'live', retire: 'retired' },
  live: { publish: 'live', expire: 'expiring', archive: 'archived', renew: 'live', retire: 'retired' },
  expiring: { publish: 'live', renew: 'live', archive: 'archived', retire: 'retired' },
  archived: { restore: 'live', retire: 'retired' },
  retired: {},
} as const satisfies Record<string, Partial<Record<LifecycleEvent, string>>>;

export type LifecycleEvent = 'publish' | 'renew' | 'expire' | 'archive' | 'restore' | 'retire';

export const LifecycleState = z.enum(['draft', 'live', 'expiring', 'archived', 'retired']);
export type LifecycleState = z.infer<typeof LifecycleState>;

/** The state after an event, or undefined when the event does not fit the state. */
export function transition(state: LifecycleState, event: LifecycleEvent): LifecycleState | undefined {
  const row: Partial<Record<LifecycleEvent, LifecycleState>> = TRANSITIONS[state];
  return row[event];
}
