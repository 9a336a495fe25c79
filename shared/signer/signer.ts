/**
 * Message authentication with keys that never leave the adapter. `purpose` separates uses: a signature made for one is
 * worthless for another.
 */
export interface Signer {
  sign(purpose: Purpose, message: string): Promise<Signature>;
  /** Constant time; false for an unknown `kid`. */
  verify(purpose: Purpose, message: string, signature: Signature): Promise<boolean>;
}

/** `mac` is base64url of HMAC-SHA-256; `kid` names the key. */
export interface Signature {
  kid: string;
  mac: string;
}

export type Purpose =
  | 'status-link'
  | 'viewer-ticket'
  | 'viewer-cookie'
  | 'upload'
  | 'bearer'
  | 'decision-link'
  | 'audit-digest';
