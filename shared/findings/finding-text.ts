import type { Severity } from './finding.ts';

/** What a code stands for. The texts hold named places: `{entry}`. */
export interface FindingText {
  severity: Severity;
  /** What happened. */
  title: string;
  /** Why it matters. */
  why: string;
  /** What to do, the next step first. */
  fix: string;
}
