import * as z from 'zod';
import { Conflict } from '../errors/errors.ts';
import { type Instant, instant } from '../ids/ids.ts';
import { dueKeys, NextAction } from '../records/due.ts';
import type { RecordStore } from '../records/record-store.ts';
import { creating, type RecordType, readRecord, removing } from '../records/record-type.ts';

export const TicketSchema = z.object({ nonce: z.string(), nextAction: NextAction });
type Ticket = z.infer<typeof TicketSchema>;

export const TicketType: RecordType<Ticket> = {
  schema: TicketSchema,
  key: ({ nonce }) => ({ pk: `ticket#${nonce}`, sk: 'ticket' }),
  index: ({ nonce, nextAction }) => dueKeys(nonce, nextAction),
};

/** Notes that a one-time link was used; false when it was before. Kept until the link would have expired anyway. */
export async function useTicket(store: RecordStore, nonce: string, expiresAt: number): Promise<boolean> {
  const ticket = { nonce, nextAction: { action: 'forget', at: instant(expiresAt) } };
  try {
    // Each use is another operation: two of them must never look like one that was repeated.
    await store.write({ opId: crypto.randomUUID(), operations: [creating(TicketType, ticket)] });
    return true;
  } catch (error) {
    if (error instanceof Conflict) return false;
    throw error;
  }
}

/** Forgets a link that has expired. */
export async function forgetTicket(store: RecordStore, nonce: string, now: Instant): Promise<boolean> {
  const ticket = await readRecord(store, TicketType, { pk: `ticket#${nonce}`, sk: 'ticket' });
  if (!ticket || ticket.value.nextAction.at > now) return false;
  await store.write({ opId: `forget/${nonce}`, operations: [removing(TicketType, ticket)] });
  return true;
}
