import type { Replacements } from '../../local/main.ts';
import { around, type PortCall } from './around.ts';

/** A moment to die at: the n-th write (from 1), and whether it is made. */
export interface Death {
  write: number;
  when: 'before' | 'after';
}

/** What a port call can change outside, by port. */
const WRITES: Record<string, readonly string[]> = {
  store: ['write', 'increment'],
  blobs: ['put', 'delete'],
  hosting: ['bind', 'point', 'unbind'],
  dns: ['apply', 'createZone', 'deleteZone'],
  certificates: ['request', 'delete'],
  mail: ['send'],
};

/**
 * The ports of a process that dies at one of its writes, just before it is made or just after, before anybody is told. A
 * dead process throws nothing that somebody could tidy up after: from then on no call of any port is answered.
 */
export class Dying {
  /** The writes since `arm`, such as `store.write`. */
  readonly writes: string[] = [];
  readonly #dead = Promise.withResolvers<void>();
  /** Resolves when the process has died. */
  readonly dead: Promise<void> = this.#dead.promise;
  #isDead = false;
  #armed: Death | undefined;

  /** Counts from here, and dies at that write; at none when it is 0. */
  arm(death: Death): void {
    this.writes.length = 0;
    this.#armed = death;
  }

  ports(): Replacements {
    const port =
      (noun: string) =>
      <T extends object>(real: T): T =>
        around(real, (call) => this.#make(noun, call));
    return {
      store: port('store'),
      blobs: port('blobs'),
      hosting: port('hosting'),
      dns: port('dns'),
      certificates: port('certificates'),
      mail: port('mail'),
      probe: port('probe'),
      random: () => 0,
    };
  }

  async #make(noun: string, { verb, go }: PortCall): Promise<unknown> {
    if (this.#isDead) return NEVER;
    if (!WRITES[noun]?.includes(verb)) return go();
    this.writes.push(`${noun}.${verb}`);
    const last = this.writes.length === this.#armed?.write;
    if (last && this.#armed?.when === 'before') return this.#die();
    const answer = await go();
    return last ? this.#die() : answer;
  }

  #die(): Promise<never> {
    this.#isDead = true;
    this.#dead.resolve();
    return NEVER;
  }
}

const NEVER = new Promise<never>(() => {});
