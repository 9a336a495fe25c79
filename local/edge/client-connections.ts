import type { Socket } from 'node:net';
import { isIPv6 } from 'node:net';
import { networkOf } from '../dns-rate-limit.ts';

/** The open connections, each counted for the client it comes from. */
export class ClientConnections {
  readonly #maxPerClient: number;
  readonly #sockets = new Set<Socket>();
  readonly #counts = new Map<string, number>();

  constructor(maxPerClient: number) {
    this.#maxPerClient = maxPerClient;
  }

  /** Takes a connection, or closes it at once where its client has too many. */
  add(socket: Socket): void {
    const client = clientOf(socket.remoteAddress ?? '');
    const count = this.#counts.get(client) ?? 0;
    if (count >= this.#maxPerClient) {
      socket.destroy();
      return;
    }
    this.#counts.set(client, count + 1);
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      const left = (this.#counts.get(client) ?? 1) - 1;
      if (left > 0) this.#counts.set(client, left);
      else this.#counts.delete(client);
    });
  }

  closeAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Who an address belongs to: of IPv6 everybody has many, of IPv4 hardly anybody has one. */
export function clientOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=[\d.]+$)/i, '');
  return isIPv6(plain) ? networkOf(plain) : plain;
}
