import type { Figure } from './figures.ts';

/** One file of this folder. */
export interface Benchmark {
  name: string;
  summary: string;
  run(options: RunOptions): Promise<Figure[]>;
}

export interface RunOptions {
  /** As few runs as show that the benchmark works; its figures mean little. */
  quick: boolean;
  /** Says how far it is, on standard error. */
  progress: (text: string) => void;
}
