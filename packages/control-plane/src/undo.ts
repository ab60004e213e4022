import type { Logger } from '@ds01/ports';

/** Steps that take back what was done, run in reverse order. */
export interface Undo {
  add(what: string, step: () => Promise<void>): void;
  /**
   * Runs the steps until one fails: what was done before that one may still be in use, and is left
   * to the next reconcile.
   */
  run(): Promise<void>;
}

/** An empty list of steps. */
export function createUndo(logger: Logger): Undo {
  const steps: { readonly what: string; readonly step: () => Promise<void> }[] = [];
  return {
    add: (what, step) => {
      steps.push({ what, step });
    },
    run: async () => {
      for (const { what, step } of steps.toReversed()) {
        try {
          await step();
        } catch (error) {
          logger.warn('undo failed; the next command repairs it', { what, error: String(error) });
          return;
        }
      }
    },
  };
}
