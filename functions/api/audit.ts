import * as z from 'zod';
import { auditReport, headDocument } from '../../shared/audit/report.ts';
import { everyStream } from '../../shared/audit/streams.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { endpoint } from './endpoint.ts';

const Report = z.object({
  ok: z.boolean(),
  streams: z.int(),
  entries: z.int(),
  head: z.string().meta({
    description: 'Keep it elsewhere: given back later, it shows whether history was changed since.',
  }),
  compared: z
    .array(z.object({ what: z.string(), at: z.string() }))
    .meta({ description: 'The heads the trail was compared with.' }),
  faults: z.array(
    z.object({
      subject: z.string(),
      name: z.string().meta({ description: 'What people call the record.' }),
      seq: z.int(),
      to: z.int().optional().meta({ description: 'The last entry, where it is more than one.' }),
      fault: z.string(),
      text: z.string(),
    }),
  ),
});

const answers = { 200: { description: 'What is wrong, if anything.', schema: Report } };

export const verifyAuditEndpoint = endpoint({
  method: 'get',
  path: '/v1/audit/verify',
  operationId: 'verifyAudit',
  summary: 'Is the audit trail whole, by itself and by the heads that were kept?',
  auth: 'admin',
  answers,
  run: async (_, deps) => ({ status: 200, body: await auditReport(deps) }),
});

/** A document for 250,000 streams. */
const MAX_HEAD_BYTES = 32 * 1024 * 1024;

export const verifyAuditWithHead = endpoint({
  method: 'post',
  path: '/v1/audit/verify',
  operationId: 'verifyAuditWithHead',
  summary: 'Is the audit trail whole, by a head that was kept elsewhere?',
  auth: 'admin',
  body: z.object({
    head: z.string().min(1).meta({ description: 'A line or a document, as Cottage gave it.' }),
  }),
  maxBodyBytes: MAX_HEAD_BYTES,
  answers,
  run: async ({ body }, deps) => ({ status: 200, body: await auditReport(deps, body.head) }),
});

export const auditHead = endpoint({
  method: 'get',
  path: '/v1/audit/head',
  operationId: 'auditHead',
  summary: 'The head of the audit trail as it is now, to keep elsewhere',
  auth: 'admin',
  answers: {
    200: { description: 'A signed document that names every stream.', mediaTypes: ['application/json'] },
  },
  run: async (_, deps) =>
    new Response(await headDocument(deps), { headers: { 'content-type': 'application/json' } }),
});

export const exportAudit = endpoint({
  method: 'get',
  path: '/v1/audit',
  operationId: 'exportAudit',
  summary: 'Every audit entry, a line each',
  auth: 'admin',
  answers: { 200: { description: 'JSON lines.', mediaTypes: ['application/x-ndjson'] } },
  run: async (_, deps) =>
    new Response(exportLines(deps), { headers: { 'content-type': 'application/x-ndjson' } }),
});

/** A stream at a time, as fast as it is taken: the trail may be larger than memory. */
function exportLines({ store }: Deps): ReadableStream<Uint8Array> {
  const streams = everyStream(store);
  return new ReadableStream({
    pull: async (controller) => {
      const next = await streams.next();
      if (next.done) return controller.close();
      const lines = next.value.entries.map(({ entry }) => (entry ? `${JSON.stringify(entry)}\n` : ''));
      controller.enqueue(Buffer.from(lines.join('')));
    },
    cancel: async () => void (await streams.return(undefined)),
  });
}
