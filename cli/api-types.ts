/** What the API answers, as far as the command line shows it. The whole of it stands in `/openapi.json`. */
import type { DataClass, Tier, Visibility } from '../shared/apps/settings.ts';
import type { LifecycleState } from '../shared/apps/states.ts';
import type { Finding } from '../shared/findings/finding.ts';
import type { PublishStatus, Stage } from '../shared/publishes/publish.ts';
import type { TeamState } from '../shared/teams/team.ts';

export interface AcceptedAnswer {
  publishId: string;
  status: PublishStatus;
  statusUrl: string;
}

export interface PublishAnswer {
  publishId: string;
  status: PublishStatus;
  attempt: number;
  dryRun: boolean;
  app: { appId: string; team: string; name: string; title: string; host: string };
  release: string | null;
  url: string | null;
  stages: Stage[];
  findings: Finding[];
  questions: Question[];
  summary: string | null;
  changes: { added: number; changed: number; removed: number } | null;
  decision: { decisionId: string; subject: string; askedOf: string[] } | null;
  timing: { acceptedAt: string; endedAt: string | null; durationMs: number | null };
}

export interface Question {
  field: string;
  label: string;
  options: string[];
}

export interface UploadAnswer {
  uploadId: string;
  url: string;
  fields: Record<string, string>;
  expiresAt: string;
}

export interface AppAnswer {
  appId: string;
  team: string;
  name: string;
  title: string;
  owner: string;
  coOwners: string[];
  businessUnit: string;
  tier: Tier;
  urls: { production: string | null };
  subdomain: string;
  dataClass: DataClass | null;
  visibility: Visibility;
  requiredControls: string[];
  billingTag: string;
  costCenter: string;
  estimatedMonthlyCostUsd: number;
  state: LifecycleState;
  stateSince: string;
  hold: { reason: string; by: string; at: string } | null;
  retirement: { by: string; at: string; summary: string | null } | null;
  expiresAt: string | null;
  live: { release: string; seq: number } | null;
  pin: { seq: number; by: string; at: string } | null;
  ready: { release: string; publishId: string } | null;
  nextAction: { action: string; at: string } | null;
  lastPublishId: string | null;
  why: string;
}

export interface DecisionAnswer {
  decisionId: string;
  kind: string;
  subject: string;
  options: string[];
  state: string;
  app: { team: string; name: string; title: string };
  askedOf: string[];
  requestedBy: string;
  createdAt: string;
  dueAt: string;
}

export interface TeamAnswer {
  name: string;
  title: string;
  state: TeamState;
  /** Counts how often adding or removing it was begun. */
  attempt: number;
  /** Why adding or removing it stands still. */
  summary?: string | undefined;
  zone: string;
  members: string[];
  maxApps: number;
}

export interface PlatformAnswer {
  platformId: string;
  title: string;
  teams: string[];
}

export interface HistoryAnswer {
  executions: {
    name: string;
    status: string;
    /** Epoch milliseconds, as the two below. */
    startedAt: number;
    endedAt?: number | undefined;
    /** Why it ended otherwise than well, for whom, and what to do. */
    summary?: string | undefined;
    events: { id: number; at: number; type: string; state?: string | undefined; detail?: unknown }[];
  }[];
}

export interface AuditVerifyAnswer {
  ok: boolean;
  streams: number;
  entries: number;
  faults: { text: string }[];
  head: string;
  compared: { what: string; at: string }[];
}

export interface DoctorAnswer {
  at: string;
  ok: boolean;
  checked: Record<string, number>;
  problems: { code: string; severity?: 'error' | 'warning'; subject: string; text: string; fix: string }[];
}
