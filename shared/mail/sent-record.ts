import * as z from 'zod';
import { Instant } from '../ids/ids.ts';
import type { RecordType } from '../records/record-type.ts';

/** That a message was handed over, where the service that took it does not know a message it had before. */
export const SentMailSchema = z.object({
  id: z.string(),
  sentAt: Instant,
  /** What the service calls the message. */
  messageId: z.string(),
});
export type SentMailRecord = z.infer<typeof SentMailSchema>;

export const sentMailKey = (id: string) => ({ pk: `mail#${id}`, sk: 'sent' });

export const SentMailType: RecordType<SentMailRecord> = {
  schema: SentMailSchema,
  key: ({ id }) => sentMailKey(id),
};
