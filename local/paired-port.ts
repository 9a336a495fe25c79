/** A socket that listens, and how to close it. */
export interface Listener {
  port: number;
  close(): Promise<void>;
}

/** Opens a listener; 0 is any port. */
export type Open<L extends Listener> = (port: number) => Promise<L>;

const MAX_TRIES = 20;

/**
 * Opens two listeners on one port number, as DNS needs for UDP and TCP. With port 0 the system picks a number that is
 * free for the first only, so it is asked again when the second finds it taken.
 * @throws the second's error when the port was asked for by number, or after 20 tries; nothing stays open then.
 */
export async function openPair<A extends Listener, B extends Listener>(
  port: number,
  openFirst: Open<A>,
  openSecond: Open<B>,
): Promise<[A, B]> {
  for (let attempt = 1; ; attempt += 1) {
    const first = await openFirst(port);
    try {
      return [first, await openSecond(first.port)];
    } catch (error) {
      await first.close();
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (port !== 0 || !taken || attempt === MAX_TRIES) throw error;
    }
  }
}
