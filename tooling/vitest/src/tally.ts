/** One test as the reporter sees it; `note` is the reason given for skipping it. */
export interface CountedTest {
  readonly state: 'passed' | 'failed' | 'skipped' | 'pending';
  readonly file: string;
  readonly note?: string;
}

/** What a run amounts to. `skips` maps each reason to the number of tests skipped for it. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skips: ReadonlyMap<string, number>;
}

/**
 * Adds up the tests of a run and the errors thrown outside of any test. A test that never got a
 * result (the run was interrupted) counts as failed: it was asked for and did not pass.
 */
export const tally = (tests: readonly CountedTest[], unhandledErrors: number): Count => {
  const skips = new Map<string, number>();
  let passed = 0;
  let failed = unhandledErrors;
  for (const test of tests) {
    if (test.state === 'passed') passed += 1;
    else if (test.state === 'skipped') {
      const reason = test.note ?? `no reason given (${test.file})`;
      skips.set(reason, (skips.get(reason) ?? 0) + 1);
    } else failed += 1;
  }
  return { passed, failed, skips };
};

/** The closing lines of a run: one `N skipped: reason` for each reason, then the count alone. */
export const renderCount = (count: Count): string[] => [
  ...[...count.skips].map(([reason, tests]) => `${tests} skipped: ${reason.replace(/\s+/g, ' ')}`),
  `${count.passed} passed, ${count.failed} failed`,
];
