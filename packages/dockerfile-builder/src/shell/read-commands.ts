import { parse, type Command, type Redirection, type Statement, type Word } from 'unbash';

/** A word of a shell command; positions are those of the text that was read. */
export interface ShellWord {
  /** What the command gets, quotes and escapes resolved. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
  /** Whether the value is certain: nothing in the word is expanded. */
  readonly literal: boolean;
  /** Part of it is read as a redirect: `pandas>=2.0` without quotes. */
  readonly redirected: boolean;
}

/** A simple command that runs whenever its line does. */
export interface ShellCommand {
  readonly start: number;
  readonly end: number;
  /** Behind assignments such as `A=b`; the name is the first. */
  readonly words: readonly ShellWord[];
}

/** Commands joined by `&&`, all of which run. */
export interface CommandChain {
  readonly commands: readonly ShellCommand[];
}

/**
 * The commands of a script that run one after the other. Whatever runs under a condition, in a loop,
 * behind `||`, in a pipe, in the background or in a function isn't among them; `complete` says whether
 * there is none of that. `null` for a text that no shell takes.
 */
export function readCommands(
  text: string,
): { readonly chains: readonly CommandChain[]; readonly complete: boolean } | null {
  const script = parse(text);
  if (script.errors !== undefined && script.errors.length > 0) return null;
  const chains = script.commands.map((statement) => chainOf(text, statement));
  const plain = chains.filter((chain) => chain !== null);
  return { chains: plain, complete: plain.length === chains.length };
}

function chainOf(text: string, { command, background }: Statement): CommandChain | null {
  if (background === true) return null;
  const nodes = command.type === 'AndOr' ? command.commands : [command];
  if (command.type === 'AndOr' && command.operators.some((operator) => operator !== '&&'))
    return null;
  const commands = nodes.map((node) => (node.type === 'Command' ? commandOf(text, node) : null));
  return commands.some((each) => each !== null)
    ? { commands: commands.map((each, index) => each ?? opaque(nodes[index])) }
    : null;
}

/** A part of a chain that is run but not understood. */
const opaque = (node: { pos: number; end: number } | undefined): ShellCommand => ({
  start: node?.pos ?? 0,
  end: node?.end ?? 0,
  words: [],
});

function commandOf(text: string, command: Command): ShellCommand | null {
  if (command.redirects.some(({ type }) => type !== 'Redirect')) return null;
  const words: ShellWord[] = command.name === undefined ? [] : [wordOf(command.name)];
  for (const part of command.suffix) {
    const last = words.at(-1);
    if (part.type === 'Word') words.push(wordOf(part));
    else if (part.type === 'Assignment') words.push(literalOf(part));
    else if (last !== undefined && continues(last, part)) {
      words.splice(-1, 1, {
        value: text.slice(last.start, part.end),
        start: last.start,
        end: part.end,
        literal: last.literal,
        redirected: true,
      });
    }
  }
  return { start: command.pos, end: command.end, words };
}

const continues = ({ end, value }: ShellWord, part: Redirection): boolean =>
  part.type === 'Redirect' &&
  part.pos === end &&
  /^[A-Za-z0-9]/.test(value) &&
  (part.operator === '>' || part.operator === '<') &&
  part.target !== undefined &&
  part.target.pos === part.pos + 1;

const literalOf = ({ text, pos, end }: { text: string; pos: number; end: number }): ShellWord => ({
  value: text,
  start: pos,
  end,
  redirected: false,
  literal: !/[$`]/.test(text),
});

const expanding = new Set([
  'SimpleExpansion',
  'ParameterExpansion',
  'CommandExpansion',
  'ArithmeticExpansion',
  'ProcessSubstitution',
  'BraceExpansion',
  'ExtendedGlob',
  'AnsiCQuoted',
  'LocaleString',
]);

/** A version with a star: no file is called so, and a pattern that matches none stands for itself. */
const starred = /^[A-Za-z0-9][^\s/*?]*=[^\s/*?]*\*$/;

function wordOf({ value, pos, end, parts = [] }: Word): ShellWord {
  const isStarred = starred.test(value);
  const literal = parts.every(
    (part) =>
      !expanding.has(part.type) &&
      !(part.type === 'Glob' && part.kind !== 'bracket' && !isStarred) &&
      !(part.type === 'DoubleQuoted' && part.parts.some((inner) => expanding.has(inner.type))),
  );
  return { value, start: pos, end, literal, redirected: false };
}
