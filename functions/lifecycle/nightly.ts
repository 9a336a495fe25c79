import { keepDailyHead } from '../../shared/audit/report.ts';
import { examine } from '../../shared/doctor/doctor.ts';
import { keepReport } from '../../shared/doctor/kept-report.ts';
import type { Deps } from '../../shared/runtime/deps.ts';

/** What one night came to. */
export interface Night {
  /** False when a head of this day had been kept already. */
  headKept: boolean;
  errors: number;
  warnings: number;
}

/** More than these are in the report alone. */
const MOST_LOGGED = 100;

/**
 * Once a night: keeps the day's head of the audit trail, then compares what is with what should be, and keeps the report.
 * Safe to run twice, and one half does not need the other: when the head can't be kept, everything is examined all the same.
 *
 * @param deep every byte of every release is compared, however long it takes
 */
export async function nightly(deps: Deps, { deep = false }: { deep?: boolean } = {}): Promise<Night> {
  const [head] = await Promise.allSettled([keepDailyHead(deps)]);
  const report = await examine(deps, { deep });
  await keepReport(deps.blobs, report);
  for (const { code, severity, subject, text, fix } of report.problems.slice(0, MOST_LOGGED)) {
    deps.log[severity === 'error' ? 'error' : 'warn']('the doctor found something', {
      code,
      subject,
      text,
      fix,
    });
  }
  if (head.status === 'rejected') throw head.reason;
  const errors = report.problems.filter(({ severity }) => severity === 'error').length;
  return { headKept: head.value, errors, warnings: report.problems.length - errors };
}
