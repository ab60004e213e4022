import { writeSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import { renderCount, tally, type CountedTest } from './tally.ts';

const testsOf = (module: TestModule): CountedTest[] => {
  const tests = [...module.children.allTests()].map((test) => {
    const result = test.result();
    const note = result.state === 'skipped' ? result.note : undefined;
    return { state: result.state, file: module.relativeModuleId, ...(note ? { note } : {}) };
  });
  // A hook that fails skips the tests it was for, which alone would look as if all were well.
  const failedHooks = [module, ...module.children.allSuites()]
    .filter((part) => part.errors().length > 0)
    .map((): CountedTest => ({ state: 'failed', file: module.relativeModuleId }));
  const failedWhileLoading =
    tests.length === 0 && failedHooks.length === 0 && module.state() === 'failed';
  return failedWhileLoading
    ? [{ state: 'failed', file: module.relativeModuleId }]
    : [...tests, ...failedHooks];
};

/**
 * A vitest reporter that counts tests by itself and prints, as the very last line of standard
 * output, `N passed, N failed`. Skips stand on lines of their own before it, one for each reason
 * given to `context.skip(reason)`. A file that can't be loaded, a hook that fails and an error outside
 * of any test count as one failure each.
 */
export default class CountReporter implements Reporter {
  /** Counts a finished run; printing waits for the end of the process, after every other output. */
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const count = tally(modules.flatMap(testsOf), unhandledErrors.length);
    process.once('exit', () => writeSync(1, `${renderCount(count).join('\n')}\n`));
  }
}
