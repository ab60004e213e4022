import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const long = process.env['DS01_TEST_LONG'] === '1';
const endToEnd = '{packages,apps,tooling}/*/e2e/**/*.e2e.test.ts';
const endToEndSetup = './tooling/e2e/src/global-setup.ts';
const forEndToEnd = {
  testTimeout: long ? 3_600_000 : 120_000,
  hookTimeout: long ? 3_600_000 : 300_000,
  globalSetup: existsSync(endToEndSetup) ? [endToEndSetup] : [],
};

/** Files that mostly wait: two of them leave the processors free, which the others would not. */
const waiting = [
  'apps/cli/e2e/faults-engine.e2e.test.ts',
  'apps/cli/e2e/limits.e2e.test.ts',
  'apps/server/e2e/lifecycle.e2e.test.ts',
];

/**
 * Files that load every processor, break at a random time or hold to one within seconds: beside another
 * they would prove less.
 */
const alone = [
  'apps/cli/e2e/contention.e2e.test.ts',
  'apps/cli/e2e/faults.e2e.test.ts',
  'apps/cli/e2e/stopped-and-killed.e2e.test.ts',
  'apps/server/e2e/faults.e2e.test.ts',
  'apps/server/e2e/kills.e2e.test.ts',
];

export default defineConfig({
  ssr: { resolve: { conditions: ['@ds01/source'] } },
  test: {
    reporters: ['default', './tooling/vitest/src/count-reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{packages,apps,tooling}/*/src/**/*.test.ts'],
          setupFiles: ['./tooling/vitest/src/seeded-properties.ts'],
          // Not 0: on one or two processors vitest would put this group behind every other.
          sequence: { groupOrder: 1 },
          maxWorkers: '100%',
          // Nothing keeps state in a module, so that the files of a worker can share what they import:
          // loading it anew for each was half of what they cost.
          isolate: false,
          // Properties and generated faults take seconds alone, and many times that on a busy machine.
          testTimeout: long ? 600_000 : 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: [endToEnd],
          exclude: [...waiting, ...alone],
          sequence: { groupOrder: 2 },
          maxWorkers: 2,
          ...forEndToEnd,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e-waiting',
          include: waiting,
          sequence: { groupOrder: 3 },
          maxWorkers: 2,
          ...forEndToEnd,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e-alone',
          include: alone,
          sequence: { groupOrder: 4 },
          fileParallelism: false,
          ...forEndToEnd,
        },
      },
    ],
  },
});
