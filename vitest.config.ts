import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const long = process.env['DS01_TEST_LONG'] === '1';
const endToEndSetup = './tooling/e2e/src/global-setup.ts';

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
          testTimeout: long ? 600_000 : 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['{packages,apps,tooling}/*/e2e/**/*.e2e.test.ts'],
          sequence: { groupOrder: 2 },
          fileParallelism: false,
          testTimeout: long ? 3_600_000 : 120_000,
          hookTimeout: long ? 3_600_000 : 300_000,
          globalSetup: existsSync(endToEndSetup) ? [endToEndSetup] : [],
        },
      },
    ],
  },
});
