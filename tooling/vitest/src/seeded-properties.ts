import fc from 'fast-check';

/**
 * Every property is tried with the same values in every run, so that a run says the same ten times in
 * a row; `DS01_TEST_SEED` tries others.
 */
fc.configureGlobal({ seed: Number(process.env['DS01_TEST_SEED'] ?? 20_261_122) });
