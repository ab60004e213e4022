import { readFileSync } from 'node:fs';
import { corpus, type CorpusEntry } from '../../fixtures/corpus/index.ts';

/** Every Dockerfile of the corpus with its text. */
export const corpusTexts: readonly (CorpusEntry & { readonly text: string })[] = corpus.map(
  (entry) => ({
    ...entry,
    text: readFileSync(
      new URL(`../../fixtures/corpus/${entry.name}.Dockerfile`, import.meta.url),
      'utf8',
    ),
  }),
);

/** The text of one. */
export function corpusText(name: string): string {
  const found = corpusTexts.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`no Dockerfile ${name} in the corpus`);
  return found.text;
}
