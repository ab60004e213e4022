import type { BenchCase } from '../measurement.ts';
import { ds01Program, run } from '../program.ts';
import { describePairs, measurePairs, median } from '../statistics.ts';

/** Starting the program against starting Node with nothing to do. */
export const versionCase: BenchCase = {
  budgets: ['version-over-node'],
  run: async () => {
    const pairs = await measurePairs({
      turns: 25,
      warmUp: 3,
      left: () => run([process.execPath, ds01Program, '--version']),
      right: () => run([process.execPath, '-e', '0']),
    });
    return [
      {
        name: 'version-over-node',
        ratio: median(pairs.left) / median(pairs.right),
        budget: 1.3,
        raw: describePairs(pairs, ['ds01 --version', 'node -e 0']),
      },
    ];
  },
};
