import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['core/**/*.test.ts', 'main/**/*.test.ts', 'renderer/**/*.test.ts', 'build/**/*.test.ts'],
    setupFiles: ['build/test-setup.ts'],
    // A test that hangs must name itself long before a whole run is given up.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // `.only` left in a file would silently take every other test of it out of the run.
    allowOnly: false,
  },
});
