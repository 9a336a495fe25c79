import { randomUUID } from 'node:crypto';
import type {
  CreateEventBusCommandInput,
  PutEventsCommandInput,
  PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { AwsFault } from './aws-errors.ts';
import type { Fake } from './aws-server.ts';
import { snapshotOf } from './aws-snapshot.ts';

/** An event as a rule's target gets it. */
export interface Delivered {
  bus: string;
  source: string;
  'detail-type': string;
  time: string;
  detail: unknown;
}

const MAX_ENTRIES = 10;
const MAX_BYTES = 256 * 1024;

/** EventBridge: buses, and events put on them. What is wrong with one entry fails that entry, in a call that succeeds. */
export class FakeEventBridge implements Fake {
  readonly operations = {
    CreateEventBus: ({ Name = '' }: CreateEventBusCommandInput) => {
      this.#buses.add(Name);
      return { EventBusArn: `arn:aws:events:eu-central-1:111122223333:event-bus/${Name}` };
    },
    PutEvents: (input: PutEventsCommandInput) => this.#put(input),
  };
  readonly delivered: Delivered[] = [];
  readonly #buses = new Set<string>(['default']);
  #failure: string | undefined;

  snapshot(): () => void {
    return snapshotOf(this.delivered);
  }

  /** The next entry fails with this code. */
  failNext(code: string): void {
    this.#failure = code;
  }

  #put({ Entries = [], EndpointId }: PutEventsCommandInput) {
    if (EndpointId !== undefined) throw new TypeError('the fake of EventBridge has no global endpoints');
    if (Entries.length === 0 || Entries.length > MAX_ENTRIES) {
      throw new AwsFault('ValidationException', 400, `there are 1 to ${MAX_ENTRIES} entries`);
    }
    if (Entries.reduce((sum, entry) => sum + sizeOf(entry), 0) >= MAX_BYTES) {
      throw new AwsFault(
        'ValidationException',
        400,
        'Total size of the entries in the request is over the limit.',
      );
    }
    const answers = Entries.map((entry) => this.#take(entry));
    return { FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length, Entries: answers };
  }

  #take(entry: PutEventsRequestEntry) {
    const { EventBusName = 'default', Source = '', DetailType = '', Detail = '', Time = new Date() } = entry;
    const code = this.#failure ?? this.#fault(EventBusName, entry);
    this.#failure = undefined;
    if (code !== undefined) return { ErrorCode: code, ErrorMessage: `not taken: ${code}` };
    this.delivered.push({
      bus: EventBusName,
      source: Source,
      'detail-type': DetailType,
      // Rules and targets see whole seconds.
      time: Time.toISOString().replace(/\.\d+Z$/, 'Z'),
      detail: JSON.parse(Detail),
    });
    return { EventId: randomUUID() };
  }

  #fault(
    bus: string,
    { Source = '', DetailType = '', Detail = '' }: PutEventsRequestEntry,
  ): string | undefined {
    if (!this.#buses.has(bus)) return 'InvalidArgument';
    if (Source === '' || DetailType === '' || DetailType.length > 128) return 'InvalidArgument';
    if (Source.startsWith('aws.')) return 'NotAuthorizedForSource';
    return isObject(Detail) ? undefined : 'MalformedDetail';
  }
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** EventBridge: "Calculating PutEvents event entry size". */
const sizeOf = ({ Time, Source = '', DetailType = '', Detail = '', Resources = [] }: PutEventsRequestEntry) =>
  (Time ? 14 : 0) + Buffer.byteLength(Source + DetailType + Detail + Resources.join(''));
