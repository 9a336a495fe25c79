type Verb = (...args: unknown[]) => Promise<unknown>;

/** One call of a port: what it is, and how to make it. */
export interface PortCall {
  verb: string;
  args: unknown[];
  go: () => Promise<unknown>;
}

/** The same port, with every call of it handed to `each`, which makes it, or does something else. */
export function around<T extends object>(port: T, each: (call: PortCall) => Promise<unknown>): T {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) =>
        each({ verb: String(name), args, go: () => (member as Verb).apply(target, args) });
    },
  });
}

/** Holds whoever passes until it is opened; tells when somebody has come. */
export class Gate {
  readonly #opened = Promise.withResolvers<void>();
  readonly #reached = Promise.withResolvers<void>();
  readonly reached: Promise<void> = this.#reached.promise;

  pass(): Promise<void> {
    this.#reached.resolve();
    return this.#opened.promise;
  }

  open(): void {
    this.#opened.resolve();
  }
}
