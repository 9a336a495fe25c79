import { CottageError } from '../errors/errors.ts';

/** Sends mail. */
export interface Mail {
  /** Hands the message over durably. The same `id` again is the same message: nothing is sent twice. */
  send(message: MailMessage): Promise<void>;
}

export interface MailMessage {
  /** The effect that sends it; also the `Message-ID`'s local part. */
  id: string;
  to: string[];
  subject: string;
  /** Plain text, lines at most 76 characters where words allow. */
  text: string;
  /** The same, as a small HTML page without outside assets. */
  html: string;
}

/** This message will not be taken, or not for all its recipients; trying again would not help. */
export class MailRejected extends CottageError {
  override readonly name = 'MailRejected';
}
