import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import * as z from 'zod';
import { orBusy, partFailed } from '../errors/aws-busy.ts';
import { TooLarge } from '../errors/errors.ts';
import { Instant } from '../ids/ids.ts';
import type { JsonObject } from '../records/record-store.ts';
import type { DomainEvent, Events } from './events.ts';

/** What every event of Cottage has for its `source`; rules match on it. */
export const EVENT_SOURCE = 'cottage';

/** The `detail` of an event on the bus. Its `detail-type` is the event's type. */
export const EventDetail = z.strictObject({
  /** Tells a second delivery of the same event: whoever must not act twice remembers it. */
  id: z.string(),
  /** Business time; the bus has it in `time` too, without its milliseconds. */
  at: Instant,
  data: z.custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
});
export type EventDetail = z.infer<typeof EventDetail>;

/**
 * An entry must be smaller (EventBridge: "Calculating PutEvents event entry size"; newer texts speak of 1 MB, but the
 * targets of a rule take no more than this).
 */
const MAX_ENTRY_BYTES = 256 * 1024;
/** A time counts as 14 bytes there. */
const TIME_BYTES = 14;

export interface EventBridgeEventsOptions {
  /** Belongs to the caller, who also destroys it. */
  client: EventBridgeClient;
  /** The bus's name or ARN. */
  bus: string;
}

/**
 * `Events` on an EventBridge bus. The bus knows no event it had before, and delivers at least once itself: the same id
 * again is a second delivery with the same `detail.id`, and the same event to whoever looks at it.
 */
export class EventBridgeEvents implements Events {
  readonly #client: EventBridgeClient;
  readonly #bus: string;

  constructor({ client, bus }: EventBridgeEventsOptions) {
    this.#client = client;
    this.#bus = bus;
  }

  /**
   * @throws Busy when the bus is throttled or out of reach, TooLarge when the event is 256 KB or more. What else
   * EventBridge refuses is thrown under its own name.
   */
  async publish({ id, type, at, detail }: DomainEvent): Promise<void> {
    const body: EventDetail = { id, at, data: detail };
    const Detail = JSON.stringify(body);
    const sizeBytes = TIME_BYTES + Buffer.byteLength(EVENT_SOURCE + type + Detail);
    if (sizeBytes >= MAX_ENTRY_BYTES) {
      throw new TooLarge(`event ${id} is ${sizeBytes} bytes, and an event is less than ${MAX_ENTRY_BYTES}`);
    }
    const entry = {
      EventBusName: this.#bus,
      Source: EVENT_SOURCE,
      DetailType: type,
      Time: new Date(at),
      Detail,
    };
    const answer = await orBusy('EventBridge', this.#client.send(new PutEventsCommand({ Entries: [entry] })));
    // A call that succeeds may have taken nothing.
    if ((answer.FailedEntryCount ?? 0) === 0) return;
    const { ErrorCode = 'Unknown', ErrorMessage = '' } = answer.Entries?.[0] ?? {};
    throw partFailed('EventBridge', ErrorCode, `event ${id} was not taken: ${ErrorMessage}`);
  }
}
