import type { DockerfileDocument } from '../document/types.ts';
import { processWord } from './process-word.ts';
import { rawWords } from './words.ts';

/**
 * Values of the ARGs before the first FROM, the only ones that FROM sees: what the build is given, else
 * the default. `null` for one whose default can't be known, or that is declared again without one.
 */
export function metaArguments(
  { instructions, escape }: DockerfileDocument,
  buildArgs: Readonly<Record<string, string>>,
): ReadonlyMap<string, string | null> {
  const values = new Map<string, string | null>();
  for (const { keyword, stage, logical, bodyAt } of instructions) {
    if (stage !== null) break;
    if (keyword !== 'ARG') continue;
    for (const word of rawWords(logical.text.slice(bodyAt), escape)) {
      declare(word, { values, escape, buildArgs });
    }
  }
  return values;
}

interface DeclareOptions {
  readonly values: Map<string, string | null>;
  readonly escape: string;
  readonly buildArgs: Readonly<Record<string, string>>;
}

function declare(word: string, { values, escape, buildArgs }: DeclareOptions): void {
  const equals = word.indexOf('=');
  const name = equals === -1 ? word : word.slice(0, equals);
  const given = Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined;
  if (given !== undefined) {
    values.set(name, given);
    return;
  }
  if (equals === -1) {
    if (values.has(name)) values.set(name, null);
    return;
  }
  const value = processWord(word.slice(equals + 1), { escape, values });
  values.set(name, value.ok ? value.value : null);
}
