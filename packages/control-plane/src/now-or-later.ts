/** Something that is there already, or comes. */
export type NowOrLater<T> = T | Promise<T>;

/**
 * Makes something of a value: at once where the value is there, else when it comes. Waiting for what is
 * there would cost most answers more than making them.
 */
export function whenThere<T, Made>(
  value: NowOrLater<T>,
  make: (value: T) => NowOrLater<Made>,
): NowOrLater<Made> {
  return value instanceof Promise ? value.then(make) : make(value);
}

/**
 * Runs work and says how it ended, at once where it ends at once. `over` gets nothing, or what it
 * failed with, and says what it fails with then.
 */
export function whenOver<T>(
  work: () => NowOrLater<T>,
  over: { readonly done: () => void; readonly failed: (error: unknown) => unknown },
): NowOrLater<T> {
  let made: NowOrLater<T>;
  try {
    made = work();
  } catch (error) {
    throw over.failed(error);
  }
  if (!(made instanceof Promise)) {
    over.done();
    return made;
  }
  return made.then(
    (value) => {
      over.done();
      return value;
    },
    (error: unknown) => {
      throw over.failed(error);
    },
  );
}
