/**
 * Breaks off what takes longer than `limitMs`, by at most a quarter more. One timer for all: one for each answer would
 * cost about as much as finding the file.
 */
export class Overdue {
  readonly #limitMs: number;
  /** What is under way, and since when; in this order. */
  readonly #since = new Map<{ cut(): void }, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** From now on it is under way. */
  begin(work: { cut(): void }): void {
    this.#since.set(work, performance.now());
    // What is under way keeps the process alive by its connection; a stop does not wait for the next look.
    this.#timer ??= setInterval(() => this.#look(), this.#limitMs / 4).unref();
  }

  end(work: { cut(): void }): void {
    this.#since.delete(work);
  }

  #look(): void {
    const now = performance.now();
    for (const [work, sinceMs] of this.#since) {
      if (now - sinceMs < this.#limitMs) return;
      this.#since.delete(work);
      work.cut();
    }
    if (this.#since.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
