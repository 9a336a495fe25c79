/** What a person calls the secret a rule finds, as part of a sentence. Rules of the preset without their prefix. */
export const SECRET_KINDS: Readonly<Record<string, string>> = {
  '1password': 'a 1Password token',
  anthropic: 'an Anthropic key',
  aws: 'an AWS access key',
  'azure-storage-key': 'an Azure storage key',
  basicauth: 'a user name with its password',
  cloudflare: 'a Cloudflare token',
  'database-connection-string': 'a database password',
  databricks: 'a Databricks token',
  docker: 'a Docker token',
  figma: 'a Figma token',
  gcp: 'a Google Cloud service account key',
  github: 'a GitHub token',
  gitlab: 'a GitLab token',
  'google-api-key': 'a Google API key',
  grafana: 'a Grafana token',
  groq: 'a Groq key',
  'hashicorp-vault': 'a HashiCorp Vault token',
  huggingface: 'a Hugging Face token',
  'json-web-token': 'a sign-in token',
  linear: 'a Linear key',
  notion: 'a Notion token',
  npm: 'an npm token',
  openai: 'an OpenAI key',
  'openai-project-key': 'an OpenAI key',
  'pem-private-key': 'a private key',
  privatekey: 'a private key',
  sendgrid: 'a SendGrid key',
  shopify: 'a Shopify key',
  slack: 'a Slack token',
  stripe: 'a Stripe secret key',
  tailscale: 'a Tailscale key',
  vercel: 'a Vercel token',
};

/** Never fails: a rule that came with a newer library finds its secrets before it has a name here. */
export function kindOfSecret(rule: string): string {
  return SECRET_KINDS[rule] ?? 'a password or key';
}

/** The first four characters, then dots: enough to find the value again, and nothing to use it with. */
export function maskSecret(value: string): string {
  return `${/[A-Za-z0-9][\x21-\x7e]{0,3}/.exec(value)?.[0] ?? ''}....`;
}

/** A rule of our own, for what the preset does not find. */
export interface SecretPattern {
  rule: string;
  /** Global. Linear in the text: a start is tried only where a word begins, or what follows has a bounded length. */
  pattern: RegExp;
  /** False for values that look the part and are no secret. */
  isSecret: (value: string) => boolean;
}

/** A value made of few different characters is a placeholder: `AIzaXXXXXXXX...`. Random ones of 39 have about 29. */
const isVaried = (value: string): boolean => new Set(value).size > 12;

/**
 * What the preset misses: PEM keys that are short (P-256, Ed25519), encrypted or glued together from strings, and
 * the keys of Google, OpenAI projects and Azure storage; and tokens in JWT form.
 */
export const OWN_PATTERNS: SecretPattern[] = [
  {
    rule: 'pem-private-key',
    pattern:
      /-----BEGIN (?:[A-Z]{1,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----[\s\\nr"'`+,]{0,40}[A-Za-z0-9+/=]{40}/g,
    isSecret: (value) => isVaried(value.slice(-40)),
  },
  {
    rule: 'google-api-key',
    pattern: /(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/g,
    isSecret: isVaried,
  },
  {
    rule: 'openai-project-key',
    pattern: /(?<![A-Za-z0-9])sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,200}/g,
    isSecret: isVaried,
  },
  {
    rule: 'azure-storage-key',
    pattern: /AccountKey=[A-Za-z0-9+/]{86}==/g,
    isSecret: isVaried,
  },
  {
    rule: 'json-web-token',
    pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{20,}/g,
    isSecret: isPrivateToken,
  },
];

/**
 * Is it a token that stands for somebody? Supabase's key for web pages is a token too: its role is `anon`, and it
 * is made to be seen by everyone.
 */
function isPrivateToken(token: string): boolean {
  const [header, claims] = token.split('.', 2).map(parsePart);
  return typeof header?.['alg'] === 'string' && claims !== undefined && claims['role'] !== 'anon';
}

/** A part begins with `eyJ`, which is `{"`: it is an object or nothing. */
function parsePart(part: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
