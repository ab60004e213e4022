import { cutText, type Output } from '@ds01/command-line';
import { placeText } from '@ds01/command-line/queue';
import type { QueueEntryView } from '@ds01/contracts/service';
import { formatDuration } from '@ds01/contracts/core';

/** Tells somebody who waits how things stand. */
export interface PlaceTeller {
  /** The request as it is now. */
  tell(entry: QueueEntryView): void;
  /** A line of what the server does for it, shown when it isn't waiting. */
  progress(line: string): void;
  /** The daemon doesn't answer; heard once, until it is told how things stand again. */
  away(): void;
  /** What was told last; `null` before anything was. */
  last(): QueueEntryView | null;
  stop(): void;
}

/** What {@link createPlaceTeller} needs. */
export interface PlaceTellerOptions {
  readonly output: Pick<Output, 'say' | 'progress' | 'sideScreen'>;
  readonly nowMs: () => number;
}

/** A terminal is told anew so often, as spans of time get shorter. */
const renewMs = 10_000;
/** A log hears so often that nothing has changed. */
const stillMs = 10 * 60_000;

/**
 * On a terminal one line that changes; elsewhere a line when the place or the reason changes, and one
 * every ten minutes.
 */
export function createPlaceTeller({ output, nowMs }: PlaceTellerOptions): PlaceTeller {
  const live = output.sideScreen.isTerminal;
  let entry: QueueEntryView | null = null;
  let entryAtMs = 0;
  let told: { readonly key: string; readonly atMs: number } | null = null;
  let isAway = false;
  const isWaiting = (): boolean => entry?.state === 'waiting';
  const show = (): void => {
    if (entry?.state !== 'waiting' || isAway) return;
    const now = nowMs();
    const { id, position, reason, estimatedStartAt } = entry;
    const key = `${id} ${String(position)} ${reason.code} ${String(estimatedStartAt === null)}`;
    if (live) {
      output.progress(liveText(entry, now));
    } else if (told?.key !== key || now - told.atMs >= stillMs) {
      output.progress(sparseText(entry, now, entry.waitedMs + now - entryAtMs));
      told = { key, atMs: now };
    }
  };
  const timer = setInterval(show, renewMs).unref();
  return {
    tell: (next) => {
      const before = entry;
      entry = next;
      entryAtMs = nowMs();
      if (before === null && next.state === 'waiting') {
        output.say(`waiting for ${next.asksFor}; Ctrl-C leaves the queue, else your place is kept`);
      }
      // A narrow terminal cuts the line that changes.
      const isNews = before?.state !== 'waiting' || before.reason.code !== next.reason.code;
      if (live && isNews && next.state === 'waiting') output.say(next.reason.message);
      if (isAway) {
        isAway = false;
        output.say(`the daemon is back: ${placeText(next, nowMs())}`);
      }
      if (before?.state === 'waiting' && next.state !== 'waiting') {
        const waited = formatDuration(next.waitedMs);
        if (next.state === 'granted' || next.state === 'claimed') {
          const gpus = next.slots.length === 0 ? '' : `: GPU ${next.slots.join(', ')}`;
          output.say(`your turn after ${waited}${gpus}`);
        }
      }
      show();
    },
    progress: (line) => {
      if (!isWaiting()) output.progress(line);
    },
    away: () => {
      const kept = isWaiting() ? 'your place is kept, ' : '';
      if (!isAway) output.say(`the daemon does not answer; ${kept}waiting for it`);
      isAway = true;
    },
    last: () => entry,
    stop: () => clearInterval(timer),
  };
}

/** What stands before the bar keeps the clock of the line going while the rest changes. */
function liveText(entry: QueueEntryView, nowMs: number): string {
  return cutText(`waiting | ${placeText(entry, nowMs)}: ${entry.reason.message}`, 500);
}

function sparseText(entry: QueueEntryView, nowMs: number, waitedMs: number): string {
  return `waited ${formatDuration(waitedMs)}: ${placeText(entry, nowMs)}: ${entry.reason.message}`;
}
