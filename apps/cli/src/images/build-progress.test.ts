import { plainScreen } from '@ds01/command-line';
import { expect, test } from 'vitest';
import { createBuildProgress } from './build-progress.ts';

function shownOf(texts: readonly string[], isTerminal: boolean): readonly string[] {
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  const sideScreen = { ...plainScreen, isTerminal };
  const progress = createBuildProgress({ progress: say, say, sideScreen });
  progress.show({ event: 'step', step: 1, steps: 1, instruction: 'RUN it', elapsedMs: 0 });
  for (const text of texts) progress.show({ event: 'output', text });
  return lines.slice(1);
}

const reading = ['(Reading ...', ' 5%\r(Reading ... 10%', '\r', '\n(Reading', ' ... done)\r\n'];

test('a log has of a line that changes what it came to', () => {
  expect(shownOf(reading, false)).toEqual(['  (Reading ... 10%', '  (Reading ... done)']);
});

test('at a terminal a line that changes is seen changing', () => {
  const lines = shownOf(reading, true);
  expect(lines[0]).toBe('step 1/1 RUN it | (Reading ... 10%');
  expect(lines.at(-1)).toBe('step 1/1 RUN it | (Reading ... done)');
});
