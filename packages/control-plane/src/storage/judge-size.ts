import type { StorageReading } from '@ds01/ports';
import type { RememberedSize, Told } from './remembered-size.ts';

const dayMs = 24 * 3_600_000;
/** Below the soft limit by this share it is another episode when it is reached again. */
const backShare = 0.95;
/** A stop that was promised longer ago than that is promised anew: nobody looked meanwhile. */
const lateMs = 30 * 60_000;

/** A size beside its limit, and what was said before. */
export interface SizeQuestion {
  /** `null`: it couldn't be measured. */
  readonly reading: StorageReading | null;
  readonly limitBytes: number;
  readonly softShare: number;
  readonly before: Pick<RememberedSize, 'told' | 'stopsAtMs'> | null;
  /** How long before a stop its owner is warned; `null` where nothing is stopped now. */
  readonly leadMs: number | null;
  /** On the rules' clock. */
  readonly nowMs: number;
}

/** What follows of a size. */
export interface SizeJudgement {
  /** What there is to tell now. */
  readonly tell: 'nearly-full' | 'exceeded' | null;
  readonly told: Told | null;
  readonly stopsAtMs: number | null;
  /** The promised time has come, and there is still too much. */
  readonly stop: boolean;
}

/**
 * Nearly full is told once an episode, too much once a day; where too much stops something, it is
 * promised first and done at the promised time at the earliest. What isn't known changes nothing, and
 * of what was measured in part only "at least" counts.
 */
export function judgeSize(question: SizeQuestion): SizeJudgement {
  const { reading, limitBytes, softShare, before, nowMs } = question;
  const told = before?.told ?? null;
  const stopsAtMs = before?.stopsAtMs ?? null;
  const silent = { tell: null, stop: false } as const;
  // One that isn't known now is neither stopped nor let off: it is promised anew when it is.
  if (reading === null) return { ...silent, told, stopsAtMs: null };
  const { bytes, complete } = reading;
  if (bytes > limitBytes) return exceeded(question, { told, stopsAtMs });
  if (!complete && told?.level === 'over') return { ...silent, told, stopsAtMs: null };
  if (bytes >= softShare * limitBytes && bytes > 0) {
    if (told === null) {
      return {
        tell: 'nearly-full',
        told: { level: 'near', atMs: nowMs },
        stopsAtMs: null,
        stop: false,
      };
    }
    return { ...silent, told: { ...told, level: 'near' }, stopsAtMs: null };
  }
  const isOver = complete && bytes < backShare * softShare * limitBytes;
  return {
    ...silent,
    told: isOver || told === null ? null : { ...told, level: 'near' },
    stopsAtMs: null,
  };
}

function exceeded(
  { leadMs, nowMs }: SizeQuestion,
  { told, stopsAtMs }: { readonly told: Told | null; readonly stopsAtMs: number | null },
): SizeJudgement {
  const again = { level: 'over', atMs: nowMs } as const;
  if (leadMs === null) {
    const isKnown = told?.level === 'over' && nowMs - told.atMs < dayMs;
    return isKnown
      ? { tell: null, told, stopsAtMs: null, stop: false }
      : { tell: 'exceeded', told: again, stopsAtMs: null, stop: false };
  }
  if (stopsAtMs === null || nowMs - stopsAtMs > lateMs) {
    return { tell: 'exceeded', told: again, stopsAtMs: nowMs + leadMs, stop: false };
  }
  return { tell: null, told: told ?? again, stopsAtMs, stop: nowMs >= stopsAtMs };
}
