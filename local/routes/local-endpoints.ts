import * as z from 'zod';
import { type Endpoint, endpoint } from '../../functions/api/endpoint.ts';
import { homePage } from '../../functions/api/pages/home-page.ts';
import { mailboxPage, mailPage } from '../../functions/api/pages/mailbox-page.ts';
import { wantsPage } from '../../functions/api/wants-page.ts';
import type { LocalBlobStore } from '../../shared/blobs/local-blob-store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../shared/clock/clock.ts';
import { NotFound } from '../../shared/errors/errors.ts';
import { refuse } from '../../shared/errors/problems.ts';
import type { LocalEvents } from '../../shared/events/local-events.ts';
import { Instant, instant } from '../../shared/ids/ids.ts';
import type { LocalMail } from '../../shared/mail/local-mail.ts';
import type { Scheduler } from '../scheduler.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { receiveUpload } from './receive-upload.ts';

/** What only the single-node edition has at its API. */
export interface LocalParts {
  blobs: LocalBlobStore;
  events: LocalEvents;
  mailbox: LocalMail;
  scheduler: () => Scheduler;
  clock?: VirtualClock | undefined;
  /** Loopback only: then the mailbox is open to whoever sits at this machine. */
  openMailbox: boolean;
}

const UNITS = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS } as const;
const Span = z
  .string()
  .regex(/^\d{1,5}[smhd]$/, 'a number and s, m, h or d: 30d')
  .transform((text) => Number(text.slice(0, -1)) * UNITS[text.slice(-1) as keyof typeof UNITS]);

const MailSummary = z.object({ id: z.string(), to: z.array(z.string()), subject: z.string(), at: Instant });
const Mail = MailSummary.omit({ at: true }).extend({
  text: z.string(),
  html: z.string(),
  sentAt: Instant,
});

export function localEndpoints(parts: LocalParts): Endpoint[] {
  return [...pages(parts), ...clock(parts), upload(parts), events(parts)];
}

function upload({ blobs }: LocalParts): Endpoint {
  return endpoint({
    method: 'post',
    path: '/v1/uploads',
    operationId: 'upload',
    summary: 'Where an upload link points: its fields, then the file',
    auth: 'anyone',
    streamsBody: true,
    answers: { 201: { description: 'Stored.' } },
    run: async ({ request }) => receiveUpload(request, blobs),
  });
}

function events({ events: log }: LocalParts): Endpoint {
  return endpoint({
    method: 'get',
    path: '/v1/events',
    operationId: 'listEvents',
    summary: 'What happened, a line each, oldest first; at most a thousand',
    auth: 'admin',
    query: z.object({
      after: z
        .string()
        .regex(/^\d{1,15}$/)
        .transform(Number)
        .default(0),
    }),
    answers: {
      200: { description: 'JSON lines, each with its position.', mediaTypes: ['application/x-ndjson'] },
    },
    run: async ({ query }) => {
      const lines = log.after(query.after).map((event) => `${JSON.stringify(event)}\n`);
      return new Response(lines.join(''), { headers: { 'content-type': 'application/x-ndjson' } });
    },
  });
}

function clock({ clock: virtual, scheduler }: LocalParts): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/v1/clock',
      operationId: 'getClock',
      summary: 'What time it is for Cottage',
      auth: 'admin',
      answers: {
        200: {
          description: 'Now.',
          schema: z.object({ virtual: z.boolean(), now: z.string(), offsetMs: z.int() }),
        },
      },
      run: async (_, deps) => ({
        status: 200,
        body: {
          virtual: virtual !== undefined,
          now: instant(deps.clock.now()),
          offsetMs: virtual?.offsetMs ?? 0,
        },
      }),
    }),
    endpoint({
      method: 'post',
      path: '/v1/clock/advance',
      operationId: 'advanceClock',
      summary: 'Move the virtual clock on, doing all that falls due on the way',
      auth: 'admin',
      body: z.object({ by: Span }),
      answers: {
        200: {
          description: 'Now, and how much was done.',
          schema: z.object({ now: z.string(), ran: z.int() }),
        },
      },
      run: async ({ body }, deps) => {
        if (!virtual)
          throw refuse('clock/not-virtual', 'Start Cottage with --virtual-clock to move its clock.');
        const ran = await scheduler().advance(virtual, body.by);
        return { status: 200, body: { now: instant(deps.clock.now()), ran } };
      },
    }),
  ];
}

function pages({ mailbox, openMailbox }: LocalParts): Endpoint[] {
  const auth = openMailbox ? 'anyone' : 'admin';
  return [
    endpoint({
      method: 'get',
      path: '/',
      operationId: 'home',
      summary: 'What this is',
      auth: 'anyone',
      answers: { 200: { description: 'A page.', mediaTypes: ['text/html'] } },
      run: async (_, { settings }) =>
        homePage({
          apps: settings.appUrl(`<app>.<team>.${settings.baseDomain}`),
          ...(openMailbox ? { mailboxUrl: '/mailbox' } : {}),
          baseDomain: settings.baseDomain,
        }),
    }),
    endpoint({
      method: 'get',
      path: '/mailbox',
      operationId: 'listMail',
      summary: 'The mail Cottage sent',
      auth,
      answers: {
        200: {
          description: 'A page, or JSON.',
          schema: z.object({ mails: z.array(MailSummary) }),
          mediaTypes: ['text/html'],
        },
      },
      run: async ({ request }) => {
        const mails = await mailbox.listMail();
        if (wantsPage(request)) return mailboxPage(mails);
        const list = mails.map(({ id, to, subject, sentAt }) => ({ id, to, subject, at: sentAt }));
        return { status: 200, body: { mails: list } };
      },
    }),
    endpoint({
      method: 'get',
      path: '/mailbox/{id}',
      operationId: 'getMail',
      summary: 'One mail',
      auth,
      params: z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,100}(\.eml)?$/) }),
      answers: {
        200: {
          description: 'A page, or JSON; with `.eml` the message itself.',
          schema: Mail,
          mediaTypes: ['text/html', 'message/rfc822'],
        },
      },
      run: async ({ params, request }) => {
        const id = params.id.replace(/\.eml$/, '');
        const mail = await mailbox.readMail(id).catch((error: unknown) => {
          if (error instanceof NotFound) throw refuse('route/unknown', 'There is no such mail.');
          throw error;
        });
        if (id !== params.id) {
          const message = await mailbox.readMessage(id);
          return new Response(new Uint8Array(message), { headers: { 'content-type': 'message/rfc822' } });
        }
        return wantsPage(request) ? mailPage(mail) : { status: 200, body: mail };
      },
    }),
  ];
}
