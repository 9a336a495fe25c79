import { defineConfig } from 'vitest/config';

/** What `npm run test:aws` runs, with moto beside it. */
export default defineConfig({
  test: {
    include: ['test/aws/**/*.test.ts'],
    fileParallelism: false,
    setupFiles: ['test/aws/reset.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
