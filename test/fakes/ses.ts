import { randomUUID } from 'node:crypto';
import type {
  CreateConfigurationSetCommandInput,
  CreateEmailIdentityCommandInput,
  GetEmailIdentityCommandInput,
  SendEmailCommandInput,
} from '@aws-sdk/client-sesv2';
import { AwsFault } from './aws-errors.ts';
import type { Fake } from './aws-server.ts';
import { snapshotOf } from './aws-snapshot.ts';

/** A message that SES took, as its recipients get it. */
export interface TakenMail {
  messageId: string;
  from: string;
  to: string[];
  raw: string;
  configurationSet: string | undefined;
  tags: Record<string, string>;
}

const MAX_RECIPIENTS = 50;
const ADDRESS = /^[\w.+-]+@[\w-]+(\.[\w-]+)+$/;
const ONCE = /^(from|to|cc|bcc|subject|date|message-id|auto-submitted|mime-version|content-type):/i;

export interface SesOptions {
  /** SES has a clock of its own; epoch milliseconds. */
  now?: () => number;
  /** In the sandbox, recipients must be verified too. */
  isSandbox?: boolean;
  /** SES has stopped all sending of the account. */
  isPaused?: boolean;
  /** The records that prove identities are not there yet. */
  isUnverified?: boolean;
}

/** SES v2: sends raw messages of verified identities. Nothing in it knows a message it had before. */
export class FakeSes implements Fake {
  readonly operations = {
    CreateEmailIdentity: ({ EmailIdentity = '' }: CreateEmailIdentityCommandInput) => {
      this.#identities.add(EmailIdentity);
      return { VerifiedForSendingStatus: true };
    },
    CreateConfigurationSet: ({ ConfigurationSetName = '' }: CreateConfigurationSetCommandInput) => {
      this.#configurationSets.add(ConfigurationSetName);
    },
    GetAccount: () => ({
      ProductionAccessEnabled: this.#options.isSandbox !== true,
      SendingEnabled: this.#options.isPaused !== true,
      EnforcementStatus: 'HEALTHY',
    }),
    GetEmailIdentity: ({ EmailIdentity = '' }: GetEmailIdentityCommandInput) => {
      if (!this.#identities.has(EmailIdentity)) {
        throw new AwsFault('NotFoundException', 404, `Email identity ${EmailIdentity} does not exist.`);
      }
      const IdentityType = EmailIdentity.includes('@') ? 'EMAIL_ADDRESS' : 'DOMAIN';
      return { IdentityType, VerifiedForSendingStatus: this.#options.isUnverified !== true };
    },
    SendEmail: (input: SendEmailCommandInput) => this.#send(input),
  };
  readonly taken: TakenMail[] = [];
  readonly #identities = new Set<string>();
  readonly #configurationSets = new Set<string>();
  readonly #options: SesOptions;
  #refusal: AwsFault | undefined;

  constructor(options: SesOptions = {}) {
    this.#options = options;
  }

  snapshot(): () => void {
    return snapshotOf(this.taken);
  }

  /** The next message is refused with this error. */
  refuseNext(fault: AwsFault): void {
    this.#refusal = fault;
  }

  #send(input: SendEmailCommandInput) {
    const refusal = this.#refusal;
    this.#refusal = undefined;
    if (refusal) throw refusal;
    const {
      FromEmailAddress: from = '',
      Destination,
      Content,
      ConfigurationSetName,
      EmailTags,
      ...unknown
    } = input;
    const others = Object.values(unknown).filter((value) => value !== undefined);
    if (others.length > 0 || Content?.Raw?.Data === undefined)
      throw new TypeError('the fake of SES takes raw mail');
    const to = Destination?.ToAddresses ?? [];
    this.#checkAddresses(from, to);
    if (ConfigurationSetName !== undefined && !this.#configurationSets.has(ConfigurationSetName)) {
      throw new AwsFault(
        'NotFoundException',
        404,
        `Configuration set <${ConfigurationSetName}> does not exist.`,
      );
    }
    if (this.#options.isPaused) {
      throw new AwsFault('SendingPausedException', 400, 'Email sending is disabled for this account.');
    }
    const messageId = randomUUID();
    this.taken.push({
      messageId,
      from,
      to,
      raw: this.#withOwnHeaders(Buffer.from(Content.Raw.Data).toString(), messageId),
      configurationSet: ConfigurationSetName,
      tags: Object.fromEntries((EmailTags ?? []).map(({ Name = '', Value = '' }) => [Name, Value])),
    });
    return { MessageId: messageId };
  }

  #checkAddresses(from: string, to: string[]): void {
    if (to.length === 0 || to.length > MAX_RECIPIENTS) {
      throw new AwsFault('BadRequestException', 400, `a message has 1 to ${MAX_RECIPIENTS} recipients`);
    }
    const odd = to.find((address) => !ADDRESS.test(address));
    if (odd !== undefined) throw new AwsFault('BadRequestException', 400, 'Illegal address');
    const checked = this.#options.isSandbox ? [from, ...to] : [from];
    const unknown = checked.filter((address) => !this.#isVerified(address));
    if (unknown.length > 0) {
      const which = `The following identities failed the check: ${unknown.join(', ')}`;
      throw new AwsFault('MessageRejected', 400, `Email address is not verified. ${which}`);
    }
  }

  #isVerified(address: string): boolean {
    if (this.#options.isUnverified) return false;
    return this.#identities.has(address) || this.#identities.has(address.slice(address.lastIndexOf('@') + 1));
  }

  /** SES has its own `Message-ID` and `Date`, whatever the message says. */
  #withOwnHeaders(raw: string, messageId: string): string {
    const end = raw.indexOf('\r\n\r\n');
    const headers = raw.slice(0, end).split(/\r\n(?![ \t])/);
    const names = headers.flatMap((line) => ONCE.exec(line)?.[1]?.toLowerCase() ?? []);
    if (new Set(names).size < names.length) {
      throw new AwsFault('BadRequestException', 400, 'a header stands there twice');
    }
    const date = new Date(this.#options.now?.() ?? Date.now()).toUTCString().replace('GMT', '+0000');
    const kept = headers.filter((line) => !/^(message-id|date):/i.test(line));
    const own = [`Message-ID: <${messageId}@eu-central-1.amazonses.com>`, `Date: ${date}`];
    return [...own, ...kept].join('\r\n') + raw.slice(end);
  }
}
