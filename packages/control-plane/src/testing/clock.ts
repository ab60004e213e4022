import { ds01Error } from '@ds01/contracts';
import type { SteadyClock } from '@ds01/ports';

/** A clock that moves only when told to. */
export interface TestClock extends SteadyClock {
  /** Moves on and wakes the sleepers whose time has come, in order. */
  advance(durationMs: number): void;
  /** Somebody sets the wall clock forward, or back; nothing else happens. */
  jump(byMs: number): void;
  /** The machine was started again. */
  reboot(): void;
}

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** A clock that starts at a fixed moment. */
export function createTestClock(startMs = Date.UTC(2026, 0, 5, 9)): TestClock {
  let nowMs = startMs;
  let jumpedMs = 0;
  let bootedAtMs = startMs - 3_600_000;
  let boots = 1;
  const sleepers = new Set<Sleeper>();
  return {
    nowMs: () => nowMs + jumpedMs,
    bootMs: () => nowMs - bootedAtMs,
    bootId: () => `boot-${boots}`,
    jump: (byMs) => {
      jumpedMs += byMs;
    },
    reboot: () => {
      bootedAtMs = nowMs;
      boots += 1;
    },
    sleep: (durationMs, signal) =>
      new Promise((resolve, reject) => {
        const sleeper: Sleeper = {
          atMs: nowMs + durationMs,
          wake: () => {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        const abort = (): void => {
          sleepers.delete(sleeper);
          reject(ds01Error('operation.interrupted', { message: 'The wait was interrupted.' }));
        };
        if (signal?.aborted === true) return abort();
        signal?.addEventListener('abort', abort, { once: true });
        sleepers.add(sleeper);
      }),
    advance(durationMs) {
      nowMs += durationMs;
      const due = [...sleepers].filter((sleeper) => sleeper.atMs <= nowMs);
      for (const sleeper of due.toSorted((left, right) => left.atMs - right.atMs)) sleeper.wake();
    },
  };
}
