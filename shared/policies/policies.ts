import type { AppSettings } from '../apps/settings.ts';
import type { ScanFacts } from '../scan/facts.ts';

/** What every policy sees, at publish, in a dry run and at night: aggregates, never files. */
export interface PolicyInput {
  app: { team: string; name: string; host: string } & AppSettings;
  team: { members: string[]; leads: string[]; approvers: string[] };
  /** The platform that publishes, and the teams it may publish for. */
  platform: { id: string; teams: string[] };
  /** Approvals that hold now: `public`, `tier:isolated`, ... */
  grants: string[];
  facts: ScanFacts;
}

/** A finding's code with the data its texts need. */
export interface Violation {
  code: string;
  severity: 'block' | 'warn' | 'info';
  data: Record<string, string>;
}

/** What the policies say. */
export interface Verdict {
  /** In a stable order. */
  violations: Violation[];
  /** Grants that are needed and not there, sorted: `public`, `tier:isolated`. */
  approvals: string[];
}

/** The compiled policies, loaded once and evaluated often. */
export interface Policies {
  evaluate(input: PolicyInput): Verdict;
  /** Digest of the sources the bundle was compiled from. */
  readonly version: string;
}
