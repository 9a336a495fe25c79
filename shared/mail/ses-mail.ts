import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import type { Clock } from '../clock/clock.ts';
import { asBusy } from '../errors/aws-busy.ts';
import { instant } from '../ids/ids.ts';
import type { RecordStore } from '../records/record-store.ts';
import { creating, readRecord } from '../records/record-type.ts';
import { composeMail } from './compose.ts';
import { type Mail, type MailMessage, MailRejected } from './mail.ts';
import { SentMailType, sentMailKey } from './sent-record.ts';

/** SES: too much for now, a quota of the day, or sending switched off by an admin who will switch it on again. */
const PASSING = ['TooManyRequestsException', 'LimitExceededException', 'SendingPausedException'];
/** SES: this message, or one of its addresses, never. The last is what its first API calls a bad address. */
const NEVER = ['MessageRejected', 'BadRequestException', 'InvalidParameterValue'];

export interface SesMailOptions {
  /** Belongs to the caller, who also destroys it. */
  client: SESv2Client;
  /** The sender, a bare mail address of an identity that SES has verified. */
  from: string;
  clock: Clock;
  /** Where it is written down which messages SES took. */
  store: RecordStore;
  /** What SES does with bounces, complaints and events of our mail. */
  configurationSet?: string;
  /** Tags of each message, for the events of the configuration set; `[A-Za-z0-9_-]`, as SES has it. */
  tags?: Readonly<Record<string, string>>;
}

/**
 * `Mail` by SES v2, as a raw message: the same bytes as from the other edition, save that SES puts a `Message-ID` and a
 * `Date` of its own (SES: "Amazon SES header fields").
 *
 * SES does not know a message it had before. So a record says that it took one, written right after: what dies between
 * the two, or two processes at the same moment, send a second copy. The other order would lose mail, which is worse.
 */
export class SesMail implements Mail {
  readonly #options: SesMailOptions;
  readonly #sending = new Map<string, Promise<void>>();

  constructor(options: SesMailOptions) {
    this.#options = options;
  }

  /**
   * @throws Busy when SES is throttled, paused or out of reach, or a quota is used up.
   * @throws MailRejected when SES says "never" to this message or one of its recipients; nobody gets it then. What else
   * SES refuses (a sender or configuration set it does not know, an account that is suspended) is thrown as it came.
   */
  async send(message: MailMessage): Promise<void> {
    // The committer and the sweep may try the same message at the same time.
    const running = this.#sending.get(message.id);
    if (running !== undefined) return running;
    const sending = this.#sendOnce(message).finally(() => this.#sending.delete(message.id));
    this.#sending.set(message.id, sending);
    return sending;
  }

  async #sendOnce(message: MailMessage): Promise<void> {
    const { clock, store, from } = this.#options;
    const now = clock.now();
    // First, for it refuses ids that are none.
    const { raw, to } = await composeMail(message, from, now);
    if (await readRecord(store, SentMailType, sentMailKey(message.id))) return;
    const messageId = await this.#handOver(message.id, raw, to);
    const sent = { id: message.id, sentAt: instant(now), messageId };
    await store.write({ opId: `mail/${message.id}/sent`, operations: [creating(SentMailType, sent)] });
  }

  async #handOver(id: string, raw: Buffer, to: string[]): Promise<string> {
    const { client, from, configurationSet, tags = {} } = this.#options;
    try {
      const { MessageId } = await client.send(
        new SendEmailCommand({
          FromEmailAddress: from,
          // Told apart from the headers, so that nothing in them can add a recipient.
          Destination: { ToAddresses: to },
          Content: { Raw: { Data: raw } },
          ConfigurationSetName: configurationSet,
          EmailTags: Object.entries(tags).map(([Name, Value]) => ({ Name, Value })),
        }),
      );
      return MessageId ?? '';
    } catch (error) {
      throw translated(id, error);
    }
  }
}

function translated(id: string, error: unknown): unknown {
  if (!(error instanceof Error) || !NEVER.includes(error.name)) return asBusy('SES', error, PASSING);
  // SES's sandbox takes mail for verified addresses only, and says so in these words.
  const hint = /not verified/.test(error.message) ? ' (is the account still in the sandbox of SES?)' : '';
  return new MailRejected(`SES does not take mail ${id}: ${error.message}${hint}`, { cause: error });
}
