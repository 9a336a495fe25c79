import * as z from 'zod';
import { Instant } from '../ids/ids.ts';
import { HostingEndpoint } from './endpoint.ts';

/** A team: owns a zone, a quota, a cost centre, members. Stored at `team#<name>` / `team`. */
export const TeamSchema = z.object({
  name: z.string(),
  title: z.string(),
  businessUnit: z.string(),
  costCenter: z.string(),
  /** `<name>.<base domain>`. */
  zone: z.string(),
  hostingEndpoint: HostingEndpoint,
  /** The wildcard certificate, ordered when the team was added. */
  certificateId: z.string(),
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

/** May this person own an app of the team? `email` is lower-case. */
export function knowsOwner(team: Pick<Team, 'members' | 'leads'>, email: string): boolean {
  const domain = email.slice(email.lastIndexOf('@'));
  return [...team.members, ...team.leads].some((m) => m === '*' || m === email || m === `*${domain}`);
}
