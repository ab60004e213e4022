import { packagesOf } from '@ds01/dockerfile-builder';
import type { Prompter } from './prompter.ts';

/** What there is to choose from. */
export interface UpdateQuestions {
  readonly name: string;
  readonly text: string;
  /** False when no editor can be opened for this person. */
  readonly mayEdit: boolean;
}

/**
 * Shows what an image's Dockerfile installs, asks what shall become of it, and gives the flags that do
 * it; `null` when nothing is to be done. Several changes are one build.
 */
export async function askUpdate(
  prompter: Prompter,
  { name, text, mayEdit }: UpdateQuestions,
): Promise<readonly string[] | null> {
  const { python, system, requirementFiles, base } = packagesOf(text);
  prompter.say(`${name} begins with ${base ?? 'nothing'}.`);
  if (python.length > 0) prompter.say(`Python: ${python.map(({ spec }) => spec).join(', ')}`);
  if (system.length > 0) prompter.say(`System: ${system.map((each) => each.name).join(', ')}`);
  for (const { path } of requirementFiles) prompter.say(`and what ${path} says`);
  const words: string[] = [];
  for (;;) {
    const chosen = await prompter.select('What shall become of it?', [
      ...(words.length === 0 ? [] : [{ value: '+done', label: 'that is all: do it' }]),
      { value: '--add', label: 'add Python packages' },
      { value: '--remove', label: 'take Python packages out' },
      { value: '--add-system', label: 'add system packages' },
      { value: '--remove-system', label: 'take system packages out' },
      { value: '--requirements', label: 'install what a file of requirements says, too' },
      ...(mayEdit ? [{ value: '--edit', label: 'edit the Dockerfile' }] : []),
      { value: '--rebuild', label: 'only build it again' },
      { value: '+leave', label: 'nothing' },
    ]);
    if (chosen === '+leave') return null;
    if (chosen === '+done') return words;
    if (chosen === '--edit' || chosen === '--rebuild') return [...words, chosen];
    const proposed = chosen === '--requirements' ? 'requirements.txt' : '';
    const answer = await prompter.text('Which?', proposed);
    if (answer !== '') words.push(chosen, answer);
  }
}
