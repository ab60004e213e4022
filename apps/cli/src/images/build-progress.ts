import { cutText, plainText, type Output } from '@ds01/command-line';
import type { BuildEvent } from '@ds01/contracts';
import { formatDuration } from '@ds01/contracts/core';
import { lastWritten } from './last-written.ts';

/** Shows how a build goes on. */
export interface BuildProgress {
  show(event: BuildEvent): void;
  /** What it printed last, a line each. */
  lastLines(): readonly string[];
}

type Step = Extract<BuildEvent, { event: 'step' }>;
const keptLines = 20;
/** A log has no use for a list of a hundred packages. */
const maxInstruction = 140;

/**
 * On a terminal one line that changes, and one that stays for each step that is done: its time, or that
 * it was there already. Elsewhere a line for each step and each line that it prints.
 */
export function createBuildProgress(
  output: Pick<Output, 'progress' | 'say' | 'sideScreen'>,
): BuildProgress {
  const { sideScreen } = output;
  const live = sideScreen.isTerminal;
  let step: Step | null = null;
  let cached = false;
  let unfinished = '';
  const last: string[] = [];

  // On a terminal what a step prints stands beside it.
  const shown = (of: Step): string =>
    live ? cutText(stepText(of), Math.floor((sideScreen.width ?? 80) / 2)) : stepText(of);
  const finish = (endedMs: number): void => {
    if (step === null || !live) return;
    const took = endedMs - step.elapsedMs;
    const mark = cached ? 'cached' : took < 1000 ? '' : formatDuration(took);
    const room = (sideScreen.width ?? 80) - mark.length - 2;
    output.say(`${cutText(stepText(step), room)}  ${sideScreen.paint('dim', mark)}`.trimEnd());
    step = null;
  };
  const print = (line: string): void => {
    const text = plainText(line).trimEnd();
    if (text === '') return;
    last.push(text);
    if (last.length > keptLines) last.shift();
    if (!live) output.progress(`  ${text}`);
    else if (step !== null) output.progress(`${shown(step)} | ${text}`);
  };
  return {
    lastLines: () => last,
    show: (event) => {
      switch (event.event) {
        case 'step': {
          finish(event.elapsedMs);
          [step, cached, unfinished] = [event, false, ''];
          last.length = 0;
          output.progress(shown(event));
          return;
        }
        case 'cached': {
          cached = true;
          if (!live) output.progress('  cached');
          return;
        }
        case 'output': {
          const lines = (unfinished + event.text).split('\n');
          unfinished = lines.pop() ?? '';
          lines.forEach((line) => print(lastWritten(line)));
          // Progress of a program: where one line changes, it does; a log gets what it came to.
          const seen = lastWritten(unfinished);
          if (!unfinished.includes('\r')) return;
          if (live && step !== null)
            output.progress(`${shown(step)} | ${plainText(seen).trimEnd()}`);
          unfinished = unfinished.endsWith('\r') ? `${seen}\r` : seen;
          return;
        }
        case 'pull': {
          output.progress(`fetching ${event.reference}: ${Math.floor(event.percent)} %`);
          return;
        }
        case 'note': {
          output.say(`note: ${event.text}`);
          return;
        }
        case 'done': {
          finish(event.image.durationMs);
        }
      }
    },
  };
}

function stepText({ step, steps, instruction }: Step): string {
  const line = plainText(instruction).replaceAll(/\s*\\?\s+/g, ' ');
  return `step ${step}/${steps} ${cutText(line, maxInstruction)}`;
}
