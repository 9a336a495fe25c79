import type { Finding } from '../findings/finding.ts';
import type { ScanFacts } from './facts.ts';

/** A file of a release, read when asked for. */
export interface ScannedFile {
  path: string;
  sizeBytes: number;
  /** The whole content. */
  read(): Promise<Buffer>;
}

export interface ScanResult {
  facts: ScanFacts;
  /** Masked, sorted by file, line, column and code; at most 200. */
  findings: Finding[];
}

/** Looks into a release's files: secrets, third-party hosts, risky content. A scanner that fails throws; it never says "clean". */
export interface Scanner {
  scan(files: ScannedFile[]): Promise<ScanResult>;
  /** Changes whenever the same files might get another answer. */
  readonly version: string;
}
