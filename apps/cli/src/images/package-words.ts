import { ds01Error } from '@ds01/contracts/core';
import { parseRequirement } from '@ds01/dockerfile-builder';

/**
 * Python packages of flags such as `-p "torch>=2.1 transformers"` as PEP 508 strings. A blank within a
 * requirement (`pandas >= 2`, `x; python_version < "3.12"`, `x @ https://...`) doesn't end it, commas
 * between two do; `git+https://...#egg=x` becomes `x @ git+https://...`. Fails with
 * `requirements.invalid`, whose hint is `example` with a package behind it.
 */
export function packagesOfFlags(
  values: readonly string[],
  example = 'ds01 image create thesis --packages',
): readonly string[] {
  return values.flatMap((value) => {
    const words = value
      .trim()
      .split(/\s+/)
      .filter((word) => word !== '');
    const found: string[] = [];
    for (let at = 0; at < words.length;) {
      const taken = longest(words, at, example);
      found.push(taken.spec);
      at = taken.end;
    }
    return found;
  });
}

/** The most words from here on that are one requirement together. */
function longest(
  words: readonly string[],
  start: number,
  example: string,
): { readonly spec: string; readonly end: number } {
  for (let end = words.length; end > start; end -= 1) {
    const spec = named(words.slice(start, end).join(' '));
    // A comma between two packages is a habit of other tools.
    const plain = spec.replace(/,$/, '');
    if (plain !== '' && parseRequirement(plain).ok) return { spec: plain, end };
  }
  const word = words[start] ?? '';
  const result = parseRequirement(named(word));
  const why = result.ok ? 'it is no package' : result.problem.message;
  throw ds01Error('requirements.invalid', {
    message: `${JSON.stringify(word)} is nothing that pip can install: ${why}.`,
    hint: /^(?:git|hg|svn|bzr)\+|^https?:/.test(word)
      ? `write its name before it: "name @ ${word}"`
      : `${example} "pandas>=2 timm"`,
    details: { package: word },
  });
}

/** An address that says its package's name is written as PEP 508 has it. */
function named(word: string): string {
  const egg =
    /^((?:git|hg|svn|bzr)\+[^\s#]+|https?:[^\s#]+)#(?:[^\s]*&)?egg=([\w.[\],-]+)(\S*)$/.exec(word);
  if (egg === null) return word;
  const [, address = '', name = ''] = egg;
  return `${name} @ ${address}`;
}

/** System packages of flags such as `-s "tree htop"`. */
export function wordsOfFlags(values: readonly string[]): readonly string[] {
  return values.flatMap((value) => value.split(/[\s,]+/).filter((word) => word !== ''));
}
