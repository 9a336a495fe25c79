/** Fetches a file that lies on a server of somebody else's, wherever that may lead. */
export interface Downloads {
  /**
   * Opens the file at this address. Every address on the way there is checked before it is connected to, and just that
   * one is connected to. Read the bytes to their end, or stop reading: both let go of the connection.
   * @throws DownloadRefused when asking again would end the same way; HostileArtifact `artifact/too-large` beyond
   * `maxBytes`; SourceUnavailable when it may work later. Reading throws the same.
   */
  open(url: string, maxBytes: number): Promise<AsyncIterable<Uint8Array>>;
}

/** What a download may take, in milliseconds of system time. */
export interface DownloadLimits {
  /** From the first question to the last byte, with all redirects. */
  totalMs: number;
  /** Without anything arriving. */
  idleMs: number;
}

/** Together well under the five minutes that the step has. */
export const DEFAULT_DOWNLOAD_LIMITS: Readonly<DownloadLimits> = { totalMs: 120_000, idleMs: 15_000 };
