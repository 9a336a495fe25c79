import * as z from 'zod';
import type { Signer } from '../signer/signer.ts';
import type { Identity, Principal, Role } from './identity.ts';

const Claims = z.strictObject({ v: z.literal(1), email: z.string(), roles: z.array(z.string()) });

/** Bearer tokens of our own key: `<claims>.<kid>.<mac>`. They hold until the key is replaced. */
export class LocalIdentity implements Identity {
  readonly #signer: Signer;
  constructor(signer: Signer) {
    this.#signer = signer;
  }

  /** A token for a principal. */
  async issue({ email, roles }: Principal): Promise<string> {
    const claims = Buffer.from(JSON.stringify({ v: 1, email, roles })).toString('base64url');
    const { kid, mac } = await this.#signer.sign('bearer', claims);
    return `${claims}.${kid}.${mac}`;
  }

  /**
   * With which an admin signs the transfer of a zone: the octets of the token. Whoever has no such token cannot have
   * signed with it, so asking for any address is harmless.
   */
  async transferSecret(email: string): Promise<Buffer> {
    return Buffer.from(await this.issue({ email, roles: ['admin'] }));
  }

  async verify(bearer: string): Promise<Principal | undefined> {
    const [, claims, kid, mac] = /^([\w-]{1,2000})\.([\w-]{1,64})\.([\w-]{43})$/.exec(bearer) ?? [];
    if (claims === undefined || kid === undefined || mac === undefined) return undefined;
    if (!(await this.#signer.verify('bearer', claims, { kid, mac }))) return undefined;
    // Ours, so it parses; what does not is a token of another version.
    const parsed = Claims.safeParse(JSON.parse(Buffer.from(claims, 'base64url').toString()));
    return parsed.success ? { email: parsed.data.email, roles: parsed.data.roles as Role[] } : undefined;
  }
}
