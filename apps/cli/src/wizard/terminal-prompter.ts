import { type CommonOptions, confirm, select, text } from '@clack/prompts';
import type { Writable } from 'node:stream';
import type { Output } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { Prompter } from './prompter.ts';
import { keysOfQuestion, type TerminalInput } from './typed-keys.ts';

/** The two sides of a terminal. */
export interface TerminalStreams {
  readonly input: TerminalInput;
  readonly output: Writable;
}

/**
 * Asks at a terminal: this process's own, where questions go to stderr, so that results stay alone on
 * stdout. Ctrl-C, Escape and the signal leave a question. What is typed before a question is shown
 * answers it, and what is typed beyond the last one stays in the input.
 */
export function createTerminalPrompter(
  output: Pick<Output, 'sideScreen' | 'say'>,
  signal: AbortSignal,
  streams: TerminalStreams = ownStreams(),
): Prompter {
  const { sideScreen } = output;
  // The library looks at the environment alone, which knows nothing of --no-color.
  if (sideScreen.paint('bold', 'x') === 'x') process.env['NO_COLOR'] = '1';
  const ask = async <Answer>(
    question: (common: CommonOptions) => Promise<Answer | symbol>,
  ): Promise<Exclude<Answer, symbol>> => {
    const { keys, end } = keysOfQuestion(streams.input);
    try {
      return given(
        await question({ output: streams.output, input: keys, signal, withGuide: false }),
      );
    } finally {
      end();
    }
  };
  return {
    select: async (message, choices) => {
      const options = choices.map(({ value, label, hint }) => ({
        value,
        label,
        ...(hint === undefined ? {} : { hint }),
      }));
      const answer = await ask((common) =>
        select<string>({ ...common, message, options, showInstructions: false }),
      );
      const chosen = choices.find(({ value }) => value === answer);
      if (chosen === undefined) throw new Error('something else was chosen than was offered');
      return chosen.value;
    },
    text: async (message, proposed) => {
      const answer = await ask((common) =>
        text({ ...common, message, placeholder: proposed, defaultValue: proposed }),
      );
      return answer.trim() === '' ? proposed : answer.trim();
    },
    confirm: (message) => ask((common) => confirm({ ...common, message, initialValue: false })),
    say: (line) => output.say(line),
  };
}

function ownStreams(): TerminalStreams {
  return {
    input: process.stdin,
    output: process.stderr.isTTY ? process.stderr : process.stdout,
  };
}

function given<Value>(answer: Value | symbol): Exclude<Value, symbol> {
  if (!isAnswer(answer)) {
    throw ds01Error('operation.interrupted', { message: 'Left; nothing was changed.' });
  }
  return answer;
}

/** The library gives a symbol of its own where a question was left. */
function isAnswer<Value>(answer: Value | symbol): answer is Exclude<Value, symbol> {
  return typeof answer !== 'symbol';
}
