import * as z from 'zod';
import { Instant } from '../ids/ids.ts';
import { HostingEndpoint } from './endpoint.ts';

/**
 * `adding` until its zone and its certificate are there, `ready` for apps, `removing` until they are gone, `removed`:
 * nothing is left but the record, which holds the team's history and lets it be added again.
 */
export const TeamState = z.enum(['adding', 'ready', 'removing', 'removed']);
export type TeamState = z.infer<typeof TeamState>;

/** A team: owns a zone, a quota, a cost centre, members. Stored at `team#<name>` / `team`. */
export const TeamSchema = z.object({
  name: z.string(),
  title: z.string(),
  businessUnit: z.string(),
  costCenter: z.string(),
  state: TeamState,
  stateSince: Instant,
  /** Who asked for it: `person:<mail>` or `cottage`. */
  stateBy: z.string(),
  /** Executions are named `<team>-<attempt>`; adding and removing count together. 0: added by none. */
  attempt: z.int().min(0),
  /** Why adding or removing it stands still, and what to do; at most 300 characters. */
  summary: z.string().optional(),
  /** `<name>.<base domain>`. */
  zone: z.string(),
  hostingEndpoint: HostingEndpoint,
  /** The wildcard certificate, from its order on. */
  certificateId: z.string().optional(),
  /** Mail addresses, `*@domain`, or `*` for anybody: who may own an app here. */
  members: z.array(z.string()),
  leads: z.array(z.string()),
  approvers: z.array(z.string()),
  /** What an approver said yes to once and for all, for every app of the team. */
  standingGrants: z.array(z.string()),
  maxApps: z.int(),
  createdAt: Instant,
  auditSeq: z.int(),
  auditHash: z.string(),
});
export type Team = z.infer<typeof TeamSchema>;

/** The name of the execution that adds or removes the team. */
export const teamExecution = (team: Pick<Team, 'name' | 'attempt'>): string => `${team.name}-${team.attempt}`;

/** May this person own an app of the team? `email` is lower-case. */
export function knowsOwner(team: Pick<Team, 'members' | 'leads'>, email: string): boolean {
  const domain = email.slice(email.lastIndexOf('@'));
  return [...team.members, ...team.leads].some((m) => m === '*' || m === email || m === `*${domain}`);
}
