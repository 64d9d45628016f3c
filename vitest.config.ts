import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * unit   pure and adapter tests beside the code
 * local  suites that run against the local cluster, one file after another
 * real   the same suites and the oracles against the real thing (`npm run test:real`)
 */
export default defineConfig({
  test: {
    // Much of what a file does is waiting: two at a time also where there are two processors.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'tools/**/*.test.ts'],
          environment: 'node',
          // What takes a second takes many on a machine that is busy.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'local',
          include: ['conformance/**/*.suite.ts', 'conformance/**/*.local.ts'],
          environment: 'node',
          testTimeout: 120_000,
          hookTimeout: 60_000,
          env: { STAGESET_SUITE_CLUSTER: 'local' },
        },
      },
      {
        test: {
          name: 'real',
          include: ['conformance/**/*.suite.ts', 'conformance/**/*.real.ts'],
          environment: 'node',
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          // A real server varies wordings, orders and delays that no case may depend on; one that fails three times does.
          retry: 2,
          globalSetup: ['conformance/support/real-cluster.setup.ts'],
          env: { STAGESET_SUITE_CLUSTER: 'real' },
        },
      },
    ],
  },
});
