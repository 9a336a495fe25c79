import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // `npm run test:aws` runs these: they need moto, which npm cannot bring, or (`npm run test:faults`) many minutes.
    exclude: [...configDefaults.exclude, 'test/aws/**', 'test/rehearsal/faults/**'],
    // Every test brings its own data folder and ports; files run side by side.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
