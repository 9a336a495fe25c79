import type { PublishId } from '../ids/ids.ts';
import type { Signer } from '../signer/signer.ts';

/** The token that lets whoever has the link follow one publish: `<kid>.<mac>`. It is good as long as the record is. */
export async function statusToken(publishId: PublishId, signer: Signer): Promise<string> {
  const { kid, mac } = await signer.sign('status-link', publishId);
  return `${kid}.${mac}`;
}

/** Its structure is checked before the key is asked. */
export async function isStatusToken(token: string, publishId: PublishId, signer: Signer): Promise<boolean> {
  const match = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{43})$/.exec(token);
  const [, kid, mac] = match ?? [];
  if (kid === undefined || mac === undefined) return false;
  return signer.verify('status-link', publishId, { kid, mac });
}

export const statusUrl = (publicUrl: string, publishId: PublishId, token: string): string =>
  `${publicUrl}/v1/publishes/${publishId}?t=${token}`;
