import * as z from 'zod';
import { auditReport, everyStream } from '../../shared/audit/report.ts';
import { endpoint } from './endpoint.ts';

const Report = z.object({
  ok: z.boolean(),
  streams: z.int(),
  entries: z.int(),
  head: z
    .string()
    .meta({ description: 'Keep it: a later `?head=` tells whether history was rewritten since.' }),
  faults: z.array(z.object({ subject: z.string(), seq: z.int(), fault: z.string() })),
});

export const verifyAuditEndpoint = endpoint({
  method: 'get',
  path: '/v1/audit/verify',
  operationId: 'verifyAudit',
  summary: 'Is the audit trail whole?',
  auth: 'admin',
  query: z.object({ head: z.string().max(100_000).optional() }),
  answers: { 200: { description: 'What is wrong, if anything.', schema: Report } },
  run: async ({ query }, deps) => ({ status: 200, body: await auditReport(deps, query.head) }),
});

export const exportAudit = endpoint({
  method: 'get',
  path: '/v1/audit',
  operationId: 'exportAudit',
  summary: 'Every audit entry, a line each',
  auth: 'admin',
  answers: { 200: { description: 'JSON lines.', mediaType: 'application/x-ndjson' } },
  run: async (_, deps) => {
    const lines: string[] = [];
    for await (const { entries } of everyStream(deps))
      lines.push(...entries.map((entry) => `${JSON.stringify(entry)}\n`));
    return new Response(lines.join(''), { headers: { 'content-type': 'application/x-ndjson' } });
  },
});
