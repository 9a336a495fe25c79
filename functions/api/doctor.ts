import * as z from 'zod';
import { examine } from '../../shared/doctor/doctor.ts';
import { endpoint } from './endpoint.ts';

const Report = z.object({
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
      .meta({ description: 'Every byte of every release, however long.' }),
  }),
  answers: { 200: { description: 'What does not agree, if anything.', schema: Report } },
  run: async ({ query }, deps) => ({
    status: 200,
    body: await examine(deps, { deep: query.deep === 'true' }),
  }),
});
