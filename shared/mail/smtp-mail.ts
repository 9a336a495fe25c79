import type { Clock } from '../clock/clock.ts';
import { Busy } from '../errors/errors.ts';
import { composeMail } from './compose.ts';
import { type Mail, type MailMessage, MailRejected } from './mail.ts';

/** A place that remembers what was sent; also the mailbox people look at. */
export interface SentMail extends Mail {
  has(id: string): Promise<boolean>;
}

export interface SmtpMailOptions {
  /** `smtp://user:password@host:port`, or `smtps://` for TLS from the first byte. Nothing but the host is required. */
  url: string;
  /** The sender, a bare mail address. */
  from: string;
  clock: Clock;
  sent: SentMail;
}

interface Server {
  host: string;
  port: number;
  secure: boolean;
  requireTLS: boolean;
  auth?: { user: string; pass: string };
}

// System time: a mail server that hangs must not hold up what waits for the mail.
const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 30_000;

/**
 * Hands mail to a mail server. What the server took is written down at once; only a crash between the two sends a
 * second copy, with the same `Message-ID`.
 */
export class SmtpMail implements Mail {
  readonly #server: Server;
  readonly #from: string;
  readonly #clock: Clock;
  readonly #sent: SentMail;
  readonly #sending = new Map<string, Promise<void>>();

  /** @throws TypeError when the URL is not one of a mail server; the message does not repeat it. */
  constructor({ url, from, clock, sent }: SmtpMailOptions) {
    this.#server = serverOf(url);
    this.#from = from;
    this.#clock = clock;
    this.#sent = sent;
  }

  /**
   * @throws Busy when the server can't be reached or says "later".
   * @throws MailRejected when it says "never"; to some of the recipients, the others have the message.
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
    if (await this.#sent.has(message.id)) return;
    const { raw, from, to } = await composeMail(message, this.#from, this.#clock.now());
    const { createTransport } = await import('nodemailer');
    const transport = createTransport({
      ...this.#server,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      greetingTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_TIMEOUT_MS,
    });
    const { rejected } = await transport.sendMail({ envelope: { from, to }, raw }).catch(translated);
    await this.#sent.send(message);
    if (rejected.length > 0) {
      throw new MailRejected(
        `mail ${message.id} was not taken for ${rejected.length} of ${to.length} recipients`,
      );
    }
  }
}

const PERMANENT = 500;

function translated(error: Error & { responseCode?: number }): never {
  if ((error.responseCode ?? 0) >= PERMANENT) {
    throw new MailRejected(`the mail server refused a message: ${error.message}`, { cause: error });
  }
  throw new Busy(`the mail server can't take a message now: ${error.message}`, { cause: error });
}

function serverOf(url: string): Server {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['smtp:', 'smtps:'].includes(parsed.protocol) || parsed.hostname === '') {
    throw new TypeError('a mail server is given as smtp://host:port or smtps://host:port');
  }
  const secure = parsed.protocol === 'smtps:';
  const user = decodeURIComponent(parsed.username);
  const server = {
    // A URL has an IPv6 address in brackets, a socket has none.
    host: parsed.hostname.replaceAll(/[[\]]/g, ''),
    // Submission (RFC 6409), or submission over TLS (RFC 8314).
    port: parsed.port === '' ? (secure ? 465 : 587) : Number(parsed.port),
    secure,
    // A password never travels in the clear, even when somebody on the way hides that the server knows TLS.
    requireTLS: user !== '',
  };
  return user === '' ? server : { ...server, auth: { user, pass: decodeURIComponent(parsed.password) } };
}
