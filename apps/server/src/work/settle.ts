import type { Clock } from '@ds01/ports';
import type { ProgressLine } from './progress-lines.ts';
import type { WorkAnswer } from './work-keeper.ts';

/** A full disk, or a ledger that is mended, takes longer. */
const againMs = 2000;

/**
 * Writes at once; what fails is written as soon as it can be, until the signal aborts. `onFailure` is told
 * the first time, `onDone` at the end in any case.
 */
export function untilWritten(
  write: () => void,
  options: {
    readonly clock: Pick<Clock, 'sleep'>;
    readonly signal: AbortSignal;
    readonly onFailure: (error: unknown) => void;
    readonly onDone: () => void;
  },
): void {
  const { clock, signal, onFailure, onDone } = options;
  const attempt = (tell: (error: unknown) => void): boolean => {
    try {
      write();
      return true;
    } catch (error) {
      tell(error);
      return false;
    }
  };
  const again = async (): Promise<void> => {
    do await clock.sleep(againMs, signal).catch(() => undefined);
    while (!signal.aborted && !attempt(() => undefined));
  };
  if (attempt(onFailure)) onDone();
  else void again().then(onDone);
}

/** How work ended, if it does before it tells of any progress and before so long; else `null`. */
export async function soonOf(
  settled: Promise<WorkAnswer>,
  lines: (signal: AbortSignal) => AsyncIterable<ProgressLine>,
  withinMs: number,
): Promise<WorkAnswer | null> {
  const enough = new AbortController();
  const timer = setTimeout(() => enough.abort(), withinMs);
  const goesOn = async (): Promise<null | WorkAnswer> => {
    for await (const _ of lines(enough.signal)) return null;
    return enough.signal.aborted ? null : settled;
  };
  return Promise.race([settled, goesOn()]).finally(() => {
    clearTimeout(timer);
    enough.abort();
  });
}
