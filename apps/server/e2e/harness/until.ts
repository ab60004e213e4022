import { setTimeout } from 'node:timers/promises';

/** Looks again and again until something is true; throws after `withinMs`. */
export async function until(
  what: string,
  check: () => boolean | Promise<boolean>,
  withinMs = 20_000,
): Promise<void> {
  const lastMs = Date.now() + withinMs;
  while (!(await check())) {
    if (Date.now() > lastMs) throw new Error(`it never came to this: ${what}`);
    await setTimeout(20);
  }
}
