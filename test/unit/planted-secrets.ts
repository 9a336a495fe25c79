/**
 * Secrets for tests, put together here, so that none stands in the source for other scanners to find.
 * They open nothing.
 */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** `length` characters that look random and are always the same. */
export function varied(length: number, alphabet = LETTERS): string {
  return Array.from({ length }, (_, i) => alphabet[(i * 7 + 3 + Math.floor(i / 10)) % alphabet.length]).join(
    '',
  );
}

const upper = (length: number): string => varied(length, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567');

export const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export function pem(label: string, base64: string, lineEnd = '\n'): string {
  const lines = base64.match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join(lineEnd);
}

export function webToken(claims: object, header: object = { alg: 'HS256', typ: 'JWT' }): string {
  return [base64url(header), base64url(claims), varied(43)].join('.');
}

export const awsKeyId = (): string => ['AK', 'IA', upper(16)].join('');
export const googleKey = (): string => ['AI', 'za', varied(35)].join('');

/** A secret, in the line people would find it in. */
export interface Planted {
  rule: string;
  title: string;
  line: string;
}

const one = (rule: string, title: string, ...parts: string[]): Planted => ({
  rule,
  title,
  line: parts.join(''),
});

export const PLANTED: Planted[] = [
  one('aws', 'an AWS key id by itself', awsKeyId()),
  one('aws', 'an AWS secret key', 'AWS_SECRET_ACCESS', '_KEY=', varied(40)),
  one('github', 'a GitHub token', 'gh', 'p_', varied(36)),
  one(
    'slack',
    'a Slack webhook',
    'https://hooks.sl',
    'ack.com/services/T',
    upper(8),
    '/B',
    upper(8),
    '/',
    varied(24),
  ),
  one('stripe', 'a Stripe key', 'sk', '_live_', varied(24)),
  one('basicauth', 'a password in an address', 'https://deploy:', varied(12), '@files.intranet.dev'),
  one('pem-private-key', 'an RSA key', pem('RSA PRIVATE KEY', `MI${varied(606)}`, '\\n')),
  one('pem-private-key', 'an Ed25519 key', pem('PRIVATE KEY', `MC4CAQAw${varied(56)}`, '\\n')),
  one(
    'pem-private-key',
    'a P-256 key of its own kind',
    pem('EC PRIVATE KEY', `MHcCAQEE${varied(156)}`, '\\n'),
  ),
  one('pem-private-key', 'an encrypted key', pem('ENCRYPTED PRIVATE KEY', `MIGb${varied(200)}`, '\\n')),
  one(
    'pem-private-key',
    'a key glued together',
    '-----BEGIN PRIVATE',
    ` KEY-----\\n' + "MC4CAQAw`,
    varied(56),
    '"',
  ),
  one('pem-private-key', 'a PGP key', pem('PGP PRIVATE KEY BLOCK', varied(300), '\\n')),
  one('google-api-key', 'a Google key', googleKey()),
  one('openai-project-key', 'an OpenAI project key', 'sk', '-proj-', varied(48)),
  one('openai-project-key', 'an OpenAI service account key', 'sk', '-svcacct-', varied(48)),
  one('openai-project-key', 'an OpenAI admin key', 'sk', '-admin-', varied(48)),
  one('azure-storage-key', 'an Azure storage key', 'Account', 'Key=', varied(86), '=='),
  one('json-web-token', 'a token in JWT form', webToken({ sub: 'ana', role: 'service_role' })),
];
