import type { CommandSpec, Program } from './command.ts';

/** The parts of a command that names are made of. */
export type Named = Pick<CommandSpec<never>, 'noun' | 'verb' | 'load'> & {
  readonly aliases?: readonly string[] | undefined;
  readonly classic?: readonly string[] | undefined;
};

/** A command's name as people read it: `container deploy`. */
export function nameOf({ noun, verb }: Pick<Named, 'noun' | 'verb'>): string {
  return noun === null ? verb : `${noun} ${verb}`;
}

/**
 * Every way to write each command, one or two words long: `container list`, `container-list`,
 * `container ls`, and its classic names with a blank or a hyphen.
 */
export function phrasesOf<Spec extends Named>(commands: readonly Spec[]): Map<string, Spec> {
  const phrases = new Map<string, Spec>();
  for (const spec of commands) {
    for (const phrase of phrasesFor(spec)) if (!phrases.has(phrase)) phrases.set(phrase, spec);
  }
  return phrases;
}

function phrasesFor({ noun, verb, aliases = [], classic = [] }: Named): readonly string[] {
  const own = [verb, ...aliases].map((name) => (noun === null ? name : `${noun} ${name}`));
  const split = [...own, ...classic].filter((phrase) => phrase.includes(' '));
  return [...own, ...classic, ...split.map((phrase) => phrase.replace(' ', '-'))];
}

/** The first words of commands of two words: `container`, and classic ones such as `get`. */
export function nounsOf(commands: readonly Named[]): ReadonlySet<string> {
  const nouns = new Set<string>();
  for (const phrase of phrasesOf(commands).keys()) {
    const [first = '', second] = phrase.split(' ');
    if (second !== undefined) nouns.add(first);
  }
  return nouns;
}

/** The names that only ask for help, also with a hyphen, and the topic of each. */
export function helpNamesOf({
  helpNames = {},
}: Pick<Program<never>, 'helpNames'>): ReadonlyMap<string, string | null> {
  return new Map(
    Object.entries(helpNames).flatMap(([name, topic]) => [
      [name, topic],
      [name.replace(' ', '-'), topic],
    ]),
  );
}

/**
 * Names under which the program is installed besides its own: `container-deploy`, the nouns, the
 * classic names, and those of the help. A command of a later version has none.
 */
export function classicNames(
  program: Pick<Program<never>, 'helpNames'> & { readonly commands: readonly Named[] },
): readonly string[] {
  const available = program.commands.filter(({ load }) => load !== null);
  const names = available.flatMap(({ noun, verb, aliases, classic = [], load }) => {
    const ofClassic = [...classic, ...classic.map((name) => name.replace(' ', '-'))];
    return noun === null ? ofClassic : phrasesFor({ noun, verb, aliases, classic, load });
  });
  const single = [...names, ...helpNamesOf(program).keys()].filter((name) => !name.includes(' '));
  return [...new Set([...nounsOf(available), ...single])].toSorted();
}

/** The candidates that a mistyped word is nearest to; none when all are far. */
export function nearest(word: string, candidates: Iterable<string>): readonly string[] {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const measured = [...new Set(candidates)].map((candidate) => ({
    candidate,
    distance: editDistance(word, candidate),
  }));
  const least = Math.min(limit, ...measured.map(({ distance }) => distance));
  return measured
    .filter(({ distance }) => distance === least)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** Letters to add, drop, change or swap with their neighbour. */
function editDistance(from: string, to: string): number {
  let before: readonly number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      next[column] = Math.min(
        (last[column] ?? Infinity) + 1,
        (next[column - 1] ?? Infinity) + 1,
        (last[column - 1] ?? Infinity) + (same ? 0 : 1),
        swapped ? (before[column - 2] ?? Infinity) + 1 : Infinity,
      );
    }
    before = last;
    last = next;
  }
  return last[to.length] ?? Infinity;
}
