import type { MailMessage } from './mail.ts';

/** The bytes of a message as they travel (RFC 5322), and who they go from and to. */
export interface ComposedMail {
  raw: Buffer;
  from: string;
  to: string[];
}

/** Ids become file names and parts of headers: nothing in them may lead elsewhere. */
const SAFE_ID = /^[A-Za-z0-9_-]{1,100}$/;

/** Whether a message can have this id. */
export const isMailId = (id: string): boolean => SAFE_ID.test(id);

/**
 * Composes a message from `from`, a bare mail address. Its `Message-ID` is the message's id at the sender's domain, so
 * that mail programs know a second copy for what it is.
 * @throws Error when the id is none a message can have.
 */
export async function composeMail(message: MailMessage, from: string, dateMs: number): Promise<ComposedMail> {
  if (!isMailId(message.id)) throw new Error(`"${message.id}" can't be the id of a mail`);
  // Loaded with the first mail: starting up needs none.
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const domain = from.slice(from.lastIndexOf('@') + 1);
  const composer = new MailComposer({
    from: { name: 'Cottage', address: from },
    // As objects, so that an address with a comma in it stays one odd address and never becomes two.
    to: message.to.map((address) => ({ name: '', address })),
    subject: message.subject,
    text: message.text,
    html: message.html,
    messageId: `<${message.id}@${domain}>`,
    date: new Date(dateMs),
    // RFC 3834: nobody's holiday responder answers.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return { raw: await composer.compile().build(), from, to: message.to };
}
