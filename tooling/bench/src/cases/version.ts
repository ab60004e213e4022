import type { BenchCase } from '../measurement.ts';
import { ds01Program, run } from '../program.ts';
import { describePairs, measurePairs, ratioOf } from '../statistics.ts';

/** Starting the program against starting Node with nothing to do. */
export const versionCase: BenchCase = {
  budgets: ['version-over-node'],
  run: async () => {
    const pairs = await measurePairs({
      turns: 41,
      warmUp: 3,
      left: () => run([process.execPath, ds01Program, '--version']),
      right: () => run([process.execPath, '-e', '0']),
    });
    return [
      {
        name: 'version-over-node',
        ratio: ratioOf(pairs),
        budget: 1.3,
        raw: describePairs(pairs, ['ds01 --version', 'node -e 0']),
      },
    ];
  },
};
