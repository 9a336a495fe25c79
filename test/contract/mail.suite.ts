import { describe, expect, test } from 'vitest';
import type { Mail, MailMessage } from '../../shared/mail/mail.ts';
import { readEml } from './read-eml.ts';

export interface MailSetup {
  mail: Mail;
  /** Another instance on the same data, as after a restart. */
  restarted: () => Mail;
  /** What has been handed over, as bytes: read by another way than the adapter's own. */
  delivered: () => Promise<string[]>;
  /** Where the service gives a message an id of its own. */
  messageId?: RegExp;
  /** Where the service refuses what is no address, in place of sending it to nobody. */
  refusesOddAddresses?: true;
}

export const SENDER = 'cottage@apps.example.com';

export const message = (more: Partial<MailMessage> = {}): MailMessage => ({
  id: 'e_abcdefghijklmnopqrstuvwxyz',
  to: ['anna@example.com'],
  subject: '“Lunch” is live',
  text: 'Good news: “Lunch” is live.\n\nCottage\n',
  html: '<!doctype html>\n<p>Good news: “Lunch” is live.</p>\n',
  ...more,
});

/** What every `Mail` promises. */
export function mailContract(name: string, setup: () => Promise<MailSetup>): void {
  describe(`${name} as a Mail`, () => {
    test('hands over the message as it was written', async () => {
      const { mail, delivered, messageId } = await setup();
      await mail.send(message({ to: ['anna@example.com', 'ben@example.com'] }));
      const [raw = '', ...more] = await delivered();
      expect(more).toEqual([]);
      const { headers, parts } = readEml(raw);
      expect(headers).toMatchObject({
        from: `Cottage <${SENDER}>`,
        to: 'anna@example.com, ben@example.com',
        subject: '“Lunch” is live',
        'message-id': expect.stringMatching(
          messageId ?? /^<e_abcdefghijklmnopqrstuvwxyz@apps\.example\.com>$/,
        ) as unknown,
        date: 'Mon, 02 Mar 2026 09:00:00 +0000',
        'auto-submitted': 'auto-generated',
      });
      expect(parts['text/plain']?.trimEnd()).toBe(message().text.trimEnd());
      expect(parts['text/html']?.trimEnd()).toBe(message().html.trimEnd());
    });

    test('sends the same id once, whatever it says the second time', async () => {
      const { mail, restarted, delivered } = await setup();
      await mail.send(message());
      await mail.send(message({ subject: 'Something else' }));
      await restarted().send(message());
      const [raw = '', ...more] = await delivered();
      expect(more).toEqual([]);
      expect(readEml(raw).headers.subject).toBe('“Lunch” is live');
    });

    test('sends the same id once when it is asked twice at the same time', async () => {
      const { mail, delivered } = await setup();
      await Promise.all([mail.send(message()), mail.send(message()), mail.send(message())]);
      expect(await delivered()).toHaveLength(1);
    });

    test('sends messages of different ids, alike as they may be', async () => {
      const { mail, delivered } = await setup();
      await mail.send(message({ id: 'e_1' }));
      await mail.send(message({ id: 'e_2' }));
      expect(await delivered()).toHaveLength(2);
    });

    test('lets no text from outside become a header', async () => {
      const { mail, delivered } = await setup();
      await mail.send(message({ subject: 'Lunch\r\nBcc: eve@example.com\r\n\r\n<h1>Hi</h1>' }));
      const { headers, parts } = readEml((await delivered())[0] ?? '');
      expect(Object.keys(headers)).not.toContain('bcc');
      expect(headers.subject).toMatch(/^Lunch Bcc: eve@example\.com +<h1>Hi<\/h1>$/);
      expect(headers.to).toBe('anna@example.com');
      expect(parts['text/plain']?.trimEnd()).toBe(message().text.trimEnd());
    });

    test('lets no address hold a header or another recipient', async () => {
      const { mail, delivered, refusesOddAddresses } = await setup();
      const to = ['anna@example.com\r\nCc: eve@example.com, eve@example.com'];
      const refusal = await mail.send(message({ to })).then(
        () => undefined,
        (error: Error) => error.name,
      );
      const sent = (await delivered()).map((raw) => readEml(raw).headers);
      // One odd address that nobody has, and not two.
      const odd = expect.objectContaining({ to: expect.stringMatching(/^<".*"@example\.com>$/) as unknown });
      expect(refusal).toBe(refusesOddAddresses ? 'MailRejected' : undefined);
      expect(sent).toEqual(refusesOddAddresses ? [] : [odd]);
      expect(sent.flatMap((headers) => Object.keys(headers))).not.toContain('cc');
    });

    test('refuses an id that would lead elsewhere', async () => {
      const { mail, delivered } = await setup();
      for (const id of ['../e_1', 'a/b', '', 'e_1\n', 'x'.repeat(101)]) {
        await expect(mail.send(message({ id }))).rejects.toThrow("can't be the id of a mail");
      }
      expect(await delivered()).toEqual([]);
    });
  });
}
