import { access, mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { type Durability, diskDurability } from '../../local/durability.ts';
import { createPrivateFile } from '../../local/private-file.ts';
import type { Clock } from '../clock/clock.ts';
import { CorruptRecord, NotFound } from '../errors/errors.ts';
import { type Instant, Instant as InstantSchema, instant } from '../ids/ids.ts';
import { composeMail, isMailId } from './compose.ts';
import type { Mail, MailMessage } from './mail.ts';

/** A message as the mailbox page shows it. */
export interface StoredMail extends MailMessage {
  sentAt: Instant;
}

const StoredMailSchema: z.ZodType<StoredMail> = z.object({
  id: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  sentAt: InstantSchema,
});

export interface LocalMailOptions {
  /** Made when missing; its parent is there. */
  folder: string;
  /** The sender, a bare mail address. */
  from: string;
  clock: Clock;
  durability?: Durability;
}

/**
 * Mail that stays in a folder, for people to look at: `<id>.eml`, which any mail program opens, and beside it
 * `<id>.json` with the same, so that reading needs no mail parser. The `.eml` is written last: while it is missing, the
 * message was not sent.
 */
export class LocalMail implements Mail {
  readonly #folder: string;
  readonly #from: string;
  readonly #clock: Clock;
  readonly #durability: Durability;

  constructor({ folder, from, clock, durability = diskDurability }: LocalMailOptions) {
    this.#folder = folder;
    this.#from = from;
    this.#clock = clock;
    this.#durability = durability;
  }

  async send(message: MailMessage): Promise<void> {
    const now = this.#clock.now();
    const { raw } = await composeMail(message, this.#from, now);
    await this.#makeFolder();
    const { id, to, subject, text, html } = message;
    const stored: StoredMail = { id, to, subject, text, html, sentAt: instant(now) };
    // Both are left as they are when they are there: the same id again is the same message.
    await createPrivateFile(this.#path(id, 'json'), JSON.stringify(stored), this.#durability);
    await createPrivateFile(this.#path(id, 'eml'), raw.toString(), this.#durability);
  }

  /** Whether a message of this id was sent. */
  async has(id: string): Promise<boolean> {
    if (!isMailId(id)) return false;
    return access(this.#path(id, 'eml')).then(() => true, absent(false));
  }

  /**
   * The newest messages first, at most `limit`.
   * @throws CorruptRecord when one can't be read.
   */
  async listMail(limit = 200): Promise<StoredMail[]> {
    const all: StoredMail[] = [];
    // One file at a time: a large mailbox must not use up the open files of the edge beside it.
    for (const id of await this.#sentIds()) all.push(await this.#read(id));
    return all.toSorted((a, b) => (orderOf(a) < orderOf(b) ? 1 : -1)).slice(0, limit);
  }

  /** @throws NotFound when no such message was sent; CorruptRecord when it can't be read. */
  async readMail(id: string): Promise<StoredMail> {
    if (!(await this.has(id))) throw new NotFound('there is no such mail');
    return this.#read(id);
  }

  /** The message as it would go over the wire. @throws NotFound when no such message was sent. */
  async readMessage(id: string): Promise<Buffer> {
    if (!(await this.has(id))) throw new NotFound('there is no such mail');
    return readFile(this.#path(id, 'eml'));
  }

  async #read(id: string): Promise<StoredMail> {
    const text = await readFile(this.#path(id, 'json'), 'utf8');
    try {
      return StoredMailSchema.parse(JSON.parse(text));
    } catch (cause) {
      throw new CorruptRecord(`mail ${id} can't be read`, { cause });
    }
  }

  async #sentIds(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(absent([]));
    return names.filter((name) => name.endsWith('.eml')).map((name) => name.slice(0, -'.eml'.length));
  }

  async #makeFolder(): Promise<void> {
    const made = await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    if (made !== undefined) await this.#durability.syncFolder(dirname(made));
  }

  #path(id: string, kind: 'eml' | 'json'): string {
    return join(this.#folder, `${id}.${kind}`);
  }
}

const orderOf = ({ sentAt, id }: StoredMail): string => `${sentAt} ${id}`;

/** Takes "no such file" for an answer, and no other error. */
const absent =
  <T>(answer: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return answer;
    throw error;
  };
