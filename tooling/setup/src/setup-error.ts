const brand = Symbol.for('ds01.setup-error');

/** A failure that a person can act on: what went wrong, what to do, and the exit code to end with. */
export interface SetupError extends Error {
  readonly [brand]: true;
  /** Exit code for a command line: 2 usage, 3 not found, 4 precondition, 6 unreachable, 7 denied. */
  readonly exitCode: number;
  /** The next thing to type or check, if there is one. */
  readonly hint: string | undefined;
}

/**
 * Makes a {@link SetupError}.
 *
 * @param message one sentence, no trailing newline
 */
export function createSetupError(
  message: string,
  options: { exitCode: number; hint?: string; cause?: unknown },
): SetupError {
  const error = new Error(message, options.cause === undefined ? {} : { cause: options.cause });
  return Object.assign(error, {
    name: 'SetupError',
    [brand]: true as const,
    exitCode: options.exitCode,
    hint: options.hint,
  });
}

/** True for errors made by {@link createSetupError}, also across copies of this package. */
export function isSetupError(error: unknown): error is SetupError {
  return typeof error === 'object' && error !== null && brand in error;
}
