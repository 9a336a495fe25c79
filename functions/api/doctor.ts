import * as z from 'zod';
import { type Examination, examine } from '../../shared/doctor/doctor.ts';
import { latestReport } from '../../shared/doctor/kept-report.ts';
import { refuse } from '../../shared/errors/problems.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { endpoint } from './endpoint.ts';

const Report = z.object({
  at: z.string().meta({ description: 'When everything was looked at.' }),
  ok: z.boolean(),
  checked: z.record(z.string(), z.int()),
  problems: z.array(
    z.object({
      code: z.string(),
      severity: z.enum(['error', 'warning']),
      subject: z.string(),
      text: z.string(),
      fix: z.string(),
    }),
  ),
});

export const doctor = endpoint({
  method: 'get',
  path: '/v1/doctor',
  operationId: 'doctor',
  summary: 'Compares the catalog with names, edge, DNS, certificates and files',
  auth: 'admin',
  query: z.object({
    deep: z
      .enum(['true', 'false'])
      .optional()
      .meta({ description: 'Every byte of every release, however long; not where it is examined at night.' }),
  }),
  answers: { 200: { description: 'What does not agree, if anything.', schema: Report } },
  run: async ({ query }, deps) => ({ status: 200, body: await report(query.deep === 'true', deps) }),
});

/** @throws RequestRefused `doctor/no-report`, `doctor/at-night` where everything is examined at night. */
async function report(deep: boolean, deps: Deps): Promise<Examination> {
  if (deps.settings.examines === 'when-asked') return examine(deps, { deep });
  if (deep) {
    throw refuse(
      'doctor/at-night',
      'To read every byte, run the nightly function by hand with {"deep": true}.',
    );
  }
  const latest = await latestReport(deps.blobs);
  if (latest) return latest;
  throw refuse('doctor/no-report', 'To have it now, run the nightly function by hand.');
}
