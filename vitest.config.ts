import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need moto, which npm cannot bring: `npm run test:aws` runs them.
    exclude: [...configDefaults.exclude, 'test/aws/**'],
    // Every test brings its own data folder and ports; files run side by side.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
