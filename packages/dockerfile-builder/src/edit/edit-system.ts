import { shellWord } from '../render/quoting.ts';
import { addWords } from './add-words.ts';
import type { TextChange } from './changes.ts';
import { changed, type EditOutcome, type EditState } from './edit-state.ts';
import { presentPackages } from './packages-of.ts';
import { systemName } from './specs.ts';
import { stagesOfFinal } from './stage-facts.ts';
import { replaceWord } from './word-changes.ts';

/** Adds Debian packages: new ones, and another version of those that are there. */
export function addSystem(state: EditState, wanted: readonly string[]): EditOutcome {
  const { document } = state;
  const stages = stagesOfFinal(document, { copied: false });
  const present = presentPackages(document, { kind: 'system', stages });
  const changes: TextChange[] = [];
  const touched: number[] = [];
  const missing: string[] = [];
  const alreadyThere = [...state.alreadyThere];
  const notices = [...state.notices];
  for (const [name, text] of byName(wanted)) {
    const there = present.filter(({ word }) => systemName(word.spec) === name);
    const stale = there.filter(({ word }) => text !== name && word.spec !== text);
    if (there.length === 0) missing.push(text);
    else if (stale.length === 0) alreadyThere.push(text);
    for (const { run, word } of stale) {
      changes.push(replaceWord(run.instruction, word.word, shellWord(text)));
      touched.push(run.instruction.index);
      notices.push(`Line ${run.instruction.startLine}: ${word.spec} is now ${text}.`);
    }
  }
  const replaced = changed(document, changes, { changed: touched });
  if (replaced === null)
    return { reason: 'the version can not be changed without touching other lines' };
  const next = { ...state, document: replaced, notices, alreadyThere };
  if (missing.length === 0) return next;
  const addition = addWords(replaced, { kind: 'system', specs: missing });
  if ('reason' in addition) return addition;
  const intent = addition.index === null ? { added: 1 } : { changed: [addition.index] };
  const after = changed(replaced, [addition.change], intent);
  return after === null
    ? { reason: 'the packages can not be added without touching other lines' }
    : { ...next, document: after };
}

/** One of each name: the last that says more than the name. */
function byName(wanted: readonly string[]): ReadonlyMap<string, string> {
  const chosen = new Map<string, string>();
  for (const text of wanted.map((each) => each.trim())) {
    const name = systemName(text) ?? text;
    if (text !== name || !chosen.has(name)) chosen.set(name, text);
  }
  return chosen;
}
