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
