import type { MetaTable, SteadyClock } from '@ds01/ports';
import type { Moment } from '@ds01/lifecycle';
import { z } from 'zod';
import { readStored } from '../../read-stored.ts';

const key = 'lifecycle:clock';
const anchorSchema = z.object({
  bootId: z.string(),
  bootMs: z.number(),
  steadyMs: z.number(),
  wallMs: z.number(),
});

/** One moment in all the times that there are. */
export interface SteadyNow {
  /** On the clock that nobody can set, and that goes on across restarts and reboots. */
  readonly nowMs: Moment;
  /** What the wall clock says. */
  readonly wallMs: number;
  readonly bootMs: number;
  readonly bootId: string;
  /** When this machine was started. */
  readonly bootedAtMs: Moment;
  /** It was kept before, in this boot or an earlier one. */
  readonly isKept: boolean;
  /** What was kept is of an earlier start of this machine. */
  readonly isOtherBoot: boolean;
  /**
   * How far somebody set the wall clock since it was kept; after another boot only how far it is behind
   * what was kept, for it is not known how long the machine was off.
   */
  readonly jumpedMs: number;
}

/**
 * Reads the steady clock: within one boot it goes as the kernel's own does; after another one it goes
 * on from where it was, or from the wall clock's time when that is later. Two reads give the same
 * clock once {@link keepSteady} was called in this boot.
 */
export function readSteady(meta: Pick<MetaTable, 'get'>, clock: SteadyClock): SteadyNow {
  const known = readStored(anchorSchema, meta.get(key));
  const [wallMs, bootMs, bootId] = [clock.nowMs(), clock.bootMs(), clock.bootId()];
  const isSameBoot = known?.bootId === bootId && bootMs >= known.bootMs;
  const passedMs = known === null ? 0 : bootMs - known.bootMs;
  const nowMs =
    known === null
      ? wallMs
      : isSameBoot
        ? known.steadyMs + passedMs
        : Math.max(known.steadyMs, wallMs);
  return {
    nowMs,
    wallMs,
    bootMs,
    bootId,
    bootedAtMs: nowMs - bootMs,
    isKept: known !== null,
    isOtherBoot: known !== null && !isSameBoot,
    jumpedMs: known === null ? 0 : jumpedSince(known.wallMs, { wallMs, passedMs, isSameBoot }),
  };
}

function jumpedSince(
  keptMs: number,
  now: { readonly wallMs: number; readonly passedMs: number; readonly isSameBoot: boolean },
): number {
  return now.isSameBoot ? now.wallMs - (keptMs + now.passedMs) : Math.min(0, now.wallMs - keptMs);
}

/** Keeps it, for the next restart or reboot. */
export function keepSteady(meta: Pick<MetaTable, 'set'>, now: SteadyNow): void {
  const { bootId, bootMs, wallMs, nowMs } = now;
  meta.set(key, JSON.stringify({ bootId, bootMs, wallMs, steadyMs: nowMs }));
}

/** The moment of a time of the wall clock, as that is set now. */
export function momentOf(now: SteadyNow, wallMs: number): Moment {
  return now.nowMs - (now.wallMs - wallMs);
}

/** The wall clock's time of a moment, as that is set now. */
export function wallOf(now: SteadyNow, moment: Moment): number {
  return Math.round(now.wallMs + (moment - now.nowMs));
}

/** The moment of a reading of the kernel's clock in this boot. */
export function momentOfBoot(now: SteadyNow, bootMs: number): Moment {
  return now.nowMs - (now.bootMs - bootMs);
}
