import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** The rehearsal with every call failing once in every way: minutes of work, for `npm run test:faults`. */
export default defineConfig({
  test: {
    include: ['test/rehearsal/faults/**/*.test.ts'],
    pool: 'forks',
    // It computes, and waits for nothing.
    maxWorkers: availableParallelism(),
  },
});
