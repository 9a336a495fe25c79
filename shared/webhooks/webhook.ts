import { isUtf8 } from 'node:buffer';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { refuse } from '../errors/problems.ts';
import type { Platform } from '../platforms/platform.ts';

/** The three headers of Standard Webhooks. */
export interface WebhookHeaders {
  id: string;
  timestamp: string;
  signature: string;
}

/** @throws RequestRefused `webhook/headers-missing` */
export function webhookHeaders(headers: Headers): WebhookHeaders {
  const id = headers.get('webhook-id') ?? '';
  const timestamp = headers.get('webhook-timestamp') ?? '';
  const signature = headers.get('webhook-signature') ?? '';
  if (!/^[\x21-\x7e]{1,256}$/.test(id) || !/^\d{1,12}$/.test(timestamp) || signature === '') {
    throw refuse(
      'webhook/headers-missing',
      'Send webhook-id (at most 256 printable characters), webhook-timestamp (seconds) and webhook-signature.',
    );
  }
  return { id, timestamp, signature };
}

const TOLERANCE_SECONDS = 5 * 60;

/**
 * Stands in for a platform that is not there, so that refusing takes as long and tells nobody which platforms there are.
 * What is signed with its secret is refused all the same.
 */
const NOBODY: Pick<Platform, 'secrets'> = {
  secrets: [{ secret: `whsec_${Buffer.alloc(32).toString('base64')}`, createdAt: '' }],
};

/**
 * Checks a signature over the raw bytes against every secret that is good now: two, while one is being rotated out.
 * Time is the system's: a virtual clock must not open the window. Comparison is in constant time.
 * @throws RequestRefused `webhook/timestamp`, `webhook/signature-invalid`
 */
export function verifyWebhook(
  platform: Pick<Platform, 'secrets'> | undefined,
  headers: WebhookHeaders,
  rawBody: Buffer,
  systemNow: number,
): void {
  if (Math.abs(systemNow / 1000 - Number(headers.timestamp)) > TOLERANCE_SECONDS) {
    throw refuse(
      'webhook/timestamp',
      'The webhook-timestamp is more than five minutes away from now. Check the clock of the machine that signs.',
    );
  }
  const now = new Date(systemNow).toISOString();
  const good = (platform ?? NOBODY).secrets.filter((s) => s.notAfter === undefined || s.notAfter > now);
  // Bytes that are not UTF-8 would be signed as something else than was sent.
  const signed = isUtf8(rawBody) && good.some(({ secret }) => signedWith(secret, headers, rawBody));
  if (platform && signed) return;
  throw refuse(
    'webhook/signature-invalid',
    'The signature does not fit the body and any secret of this platform. Sign "<webhook-id>.<webhook-timestamp>.<body>" over the exact bytes sent.',
  );
}

function signedWith(secret: string, headers: WebhookHeaders, rawBody: Buffer): boolean {
  try {
    new Webhook(secret).verify(
      rawBody,
      {
        'webhook-id': headers.id,
        'webhook-timestamp': headers.timestamp,
        'webhook-signature': headers.signature,
      },
      { jsonParse: false },
    );
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}
