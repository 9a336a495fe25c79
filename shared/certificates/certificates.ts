import type { RecordSet } from '../dns/dns.ts';

/** Certificates for host names. A private key never leaves the adapter, save to the edge that serves with it. */
export interface Certificates {
  /**
   * Orders a certificate for these names (the first is the subject; `*.zone` allowed) and returns its id. Asking again
   * for the same names returns the one there is, while it is good for at least 30 more days.
   */
  request(names: string[]): Promise<string>;
  /**
   * @throws NotFound when there is no such certificate.
   * @throws CertificatePending while the service has not said yet which records it wants to see (some seconds).
   */
  status(id: string): Promise<CertificateStatus>;
  /** Deletes it. Gone already: nothing happens. */
  delete(id: string): Promise<void>;
}

export type CertificateStatus =
  /**
   * `validation`: what the service wants to find in DNS before it issues, one record set for each name; empty where it
   * asks for nothing. They stay for as long as the certificate is there: it is renewed by them.
   */
  | { state: 'pending'; names: string[]; validation: RecordSet[] }
  /** `expiresAt`: system time, epoch milliseconds. */
  | { state: 'issued'; names: string[]; expiresAt: number }
  | { state: 'failed'; names: string[]; reason: string };
