import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import * as z from 'zod';
import { Busy } from '../errors/errors.ts';
import type { Identity, Principal, Role } from './identity.ts';

/** Signatures with a key pair only: what an issuer publishes to verify with must never be what signs. */
const ALGORITHMS = ['RS256', 'ES256'] as const;
export type OidcAlgorithm = (typeof ALGORITHMS)[number];

/** The kinds of token that say who calls. None is said in most ID tokens; `at+jwt` is an access token (RFC 9068). */
const TYPES = [undefined, 'jwt', 'at+jwt', 'application/jwt', 'application/at+jwt'];

/** No issuer's token is near it, and a longer one is not worth parsing. */
const MAX_BEARER_CHARS = 16_384;
const TIMEOUT_MS = 5000;
const COOLDOWN_MS = 30_000;
const CLOCK_SKEW_SECONDS = 60;

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

export interface OidcIdentityOptions {
  /** The issuer as tokens spell it, an `https` address (or `http` on loopback). */
  issuer: string;
  /** Whom tokens must be for: the client's id at the issuer, for instance. */
  audience: string;
  /** Where the issuer's keys are; found out by OpenID Connect Discovery unless told. */
  jwksUri?: string;
  /** RS256 and ES256 unless told. */
  algorithms?: readonly OidcAlgorithm[];
  /** How far the issuer's clock may be from ours; 60 unless told. */
  clockSkewSeconds?: number;
  /** The claim that lists a person's groups, a text or a list of texts; `groups` unless told. */
  groupsClaim?: string;
  /** What a group may do: `{'it-platform': ['admin'], 'fin-leads': ['lead:finance']}`. Other groups mean nothing. */
  rolesByGroup: Readonly<Record<string, readonly Role[]>>;
  /** After the issuer's keys were fetched, an unknown key is not asked for again for so long; 30 s unless told. */
  cooldownMs?: number;
}

const Claims = z.object({ email: z.email().max(320), email_verified: z.literal(true) });
const Groups = z.union([z.array(z.string()), z.string().transform((group) => [group])]);
const Discovered = z.object({ issuer: z.string(), jwks_uri: z.url() });

/**
 * `Identity` by the tokens of any OpenID Connect issuer. A token counts when the issuer signed it with one of its keys, it
 * is for us, it is valid now (system time, give or take the skew), and the issuer has verified its mail address.
 *
 * The issuer's keys are kept for ten minutes, and fetched anew for a key that is not among them. Nobody can make us ask
 * without end: at most once in `cooldownMs`, and never for a token whose form is wrong.
 */
export class OidcIdentity implements Identity {
  readonly #options: OidcIdentityOptions;
  readonly #algorithms: string[];
  readonly #rolesByGroup: ReadonlyMap<string, readonly Role[]>;
  #keys: Promise<JWTVerifyGetKey> | undefined;

  /** @throws TypeError for an address that could be overheard, an algorithm we don't take, or an empty audience. */
  constructor(options: OidcIdentityOptions) {
    checkAddress(options.issuer);
    if (options.jwksUri !== undefined) checkAddress(options.jwksUri);
    if (options.audience === '')
      throw new TypeError('an issuer’s tokens are for many: say which audience is ours');
    const algorithms = options.algorithms ?? ALGORITHMS;
    if (algorithms.length === 0 || algorithms.some((one) => !ALGORITHMS.includes(one))) {
      throw new TypeError(`tokens are signed with ${ALGORITHMS.join(' or ')}`);
    }
    this.#options = options;
    this.#algorithms = [...algorithms];
    this.#rolesByGroup = new Map(Object.entries(options.rolesByGroup));
  }

  /** @throws Busy when the issuer can't be asked: that is not the same as "none of ours". */
  async verify(bearer: string): Promise<Principal | undefined> {
    if (bearer.length > MAX_BEARER_CHARS) return undefined;
    const claims = await this.#verified(bearer);
    const person = Claims.safeParse(claims);
    if (!claims || !person.success) return undefined;
    return { email: person.data.email.toLowerCase(), roles: this.#rolesOf(claims) };
  }

  async #verified(bearer: string): Promise<JWTPayload | undefined> {
    const { issuer, audience, clockSkewSeconds = CLOCK_SKEW_SECONDS } = this.#options;
    try {
      const { payload, protectedHeader } = await jwtVerify(
        bearer,
        (header, token) => this.#keyOf(header, token),
        {
          algorithms: this.#algorithms,
          issuer,
          audience,
          clockTolerance: clockSkewSeconds,
          requiredClaims: ['exp', 'sub'],
        },
      );
      return TYPES.includes(protectedHeader.typ?.toLowerCase()) ? payload : undefined;
    } catch (error) {
      // Every way in which a token may be wrong; an issuer that can't be asked is `Busy` by now.
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  async #keyOf(...[header, token]: Parameters<JWTVerifyGetKey>) {
    try {
      const keys = await this.#issuerKeys();
      return await keys(header, token);
    } catch (error) {
      const isOfToken =
        error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
      if (isOfToken || error instanceof Busy) throw error;
      throw unreachable(this.#options.issuer, error);
    }
  }

  /** Where the keys are is found out once; a failure is forgotten, so that the next token asks again. */
  #issuerKeys(): Promise<JWTVerifyGetKey> {
    this.#keys ??= this.#findKeys().catch((error: unknown) => {
      this.#keys = undefined;
      throw error;
    });
    return this.#keys;
  }

  async #findKeys(): Promise<JWTVerifyGetKey> {
    const { issuer, jwksUri = await discover(issuer), cooldownMs = COOLDOWN_MS } = this.#options;
    return createRemoteJWKSet(new URL(jwksUri), {
      timeoutDuration: TIMEOUT_MS,
      cooldownDuration: cooldownMs,
    });
  }

  #rolesOf(claims: JWTPayload): Role[] {
    const groups = Groups.safeParse(claims[this.#options.groupsClaim ?? 'groups']);
    const roles = (groups.data ?? []).flatMap((group) => this.#rolesByGroup.get(group) ?? []);
    return [...new Set(roles)];
  }
}

/** OpenID Connect Discovery 1.0, section 4: where an issuer's keys are. */
async function discover(issuer: string): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  const found = Discovered.parse(await answer.json());
  // Section 4.3: else one issuer could speak for another.
  if (found.issuer !== issuer) throw new Error(`${address} speaks for ${found.issuer}`);
  checkAddress(found.jwks_uri);
  return found.jwks_uri;
}

function checkAddress(address: string): void {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
  if (!isSafe) throw new TypeError(`an issuer is asked over https: ${address} is not`);
}

function unreachable(issuer: string, cause: unknown): Busy {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Busy(`the issuer ${issuer} can't be asked: ${why}`, {
    publicMessage: 'We can’t check who you are just now. Please try again in a minute.',
    cause,
  });
}
