import type { BuildEvent } from '@ds01/contracts';

/** A step of the engine's counting: the person's instruction, or one that was put in (`null`). */
export type EngineStep = string | null;

/** Where a build is. */
export interface BuildPosition {
  /** The person's step under way, from 1; 0 before the first one. */
  readonly step: number;
  readonly steps: number;
  readonly instruction: string | null;
  readonly cachedSteps: number;
  /** The last lines that the step printed. */
  readonly lastLines: readonly string[];
}

/** Makes events of what the classic builder prints. */
export interface BuildOutputReader {
  push(text: string): readonly BuildEvent[];
  /** What was held back. */
  end(): readonly BuildEvent[];
  position(): BuildPosition;
}

const keptLines = 20;
const maxLineLength = 1000;
const maxHeldLength = 2000;

const stepLine = /^Step (\d+)\/(\d+) : /;
const cachedLine = /^ ---> Using cache$/;
/** The builder's own remarks, which say nothing to people. */
const remark =
  /^(?: ---> (?:Running in )?[0-9a-f]{12,64}|Removing intermediate container [0-9a-f]{12,64}|Successfully (?:built|tagged) .*|# Executing \d+ build triggers?)$/;
/** Beginnings of lines that may become one of those above. */
const beginnings = [
  'Step ',
  ' ---> ',
  'Removing intermediate container ',
  'Successfully ',
  '# Exec',
];

/**
 * Reads the text output of a build whose steps are known: a line counts as the beginning of a step only
 * when it is the next one by the builder's counting, so that what a step prints isn't taken for it.
 * Lines that aren't complete are passed on at once, unless they may be the builder's.
 */
export function createBuildOutputReader(
  engineSteps: readonly EngineStep[],
  elapsedMs: () => number,
): BuildOutputReader {
  const own = engineSteps.filter((step) => step !== null);
  let engineStep = 0;
  let step = 0;
  let isOurs = true;
  let cachedSteps = 0;
  let held = '';
  let isMidLine = false;
  let lines: string[] = [];
  let last = '';

  const remember = (text: string): void => {
    const parts = `${last}${text}`.split('\n');
    last = (parts.pop() ?? '').slice(-maxLineLength);
    const shown = parts.map((part) => lastWritten(part).slice(0, maxLineLength));
    lines = [...lines, ...shown].slice(-keptLines);
  };
  const begin = (): BuildEvent[] => {
    const instruction = engineSteps[engineStep] ?? null;
    engineStep += 1;
    isOurs = instruction === null;
    lines = [];
    last = '';
    if (instruction === null) return [];
    step += 1;
    return [{ event: 'step', step, steps: own.length, instruction, elapsedMs: elapsedMs() }];
  };
  const printed = (text: string): BuildEvent[] => {
    remember(text);
    isMidLine = !text.endsWith('\n');
    return [{ event: 'output', text }];
  };
  const line = (text: string): BuildEvent[] => {
    if (isMidLine) return printed(`${text}\n`);
    const [, number, total] = stepLine.exec(text) ?? [];
    if (Number(number) === engineStep + 1 && Number(total) === engineSteps.length) return begin();
    const plain = text.trimEnd();
    if (remark.test(plain) || plain === '')
      return plain === '' && !isOurs ? printed(`${text}\n`) : [];
    if (!cachedLine.test(plain)) return printed(`${text}\n`);
    if (isOurs) return [];
    cachedSteps += 1;
    return [{ event: 'cached', step }];
  };
  const flush = (): BuildEvent[] => {
    const text = held;
    held = '';
    return text === '' ? [] : printed(text);
  };
  return {
    push(given) {
      held += withoutColour(given);
      const events: BuildEvent[] = [];
      const parts = held.split('\n');
      held = parts.pop() ?? '';
      for (const part of parts) events.push(...line(part));
      const mayBeBuilders = beginnings.some(
        (beginning) => held.startsWith(beginning) || beginning.startsWith(held),
      );
      if (isMidLine || !mayBeBuilders || held.length > maxHeldLength) events.push(...flush());
      return joined(events);
    },
    end: () => joined(flush()),
    position: () => ({
      step,
      steps: own.length,
      instruction: own[step - 1] ?? null,
      cachedSteps,
      lastLines: (last === '' ? lines : [...lines, last]).slice(-keptLines),
    }),
  };
}

/** What is seen of a line that was written over again and again, as progress is. */
function lastWritten(line: string): string {
  return line.replace(/\r+$/, '').replace(/^[^]*\r/, '');
}

/** The engine makes red what a step prints to its standard error, piece by piece. */
function withoutColour(text: string): string {
  const isRed = text.startsWith(red) && text.endsWith(plainAgain);
  return isRed ? text.slice(red.length, -plainAgain.length) : text;
}

const red = '\u001B[91m';
const plainAgain = '\u001B[0m';

/** Neighbouring pieces of output are one. */
function joined(events: readonly BuildEvent[]): readonly BuildEvent[] {
  const all: BuildEvent[] = [];
  for (const event of events) {
    const last = all.at(-1);
    if (event.event === 'output' && last?.event === 'output') {
      all[all.length - 1] = { event: 'output', text: last.text + event.text };
    } else all.push(event);
  }
  return all;
}
