import type { Ds01Error, Problem, RouteOutput } from '@ds01/contracts';
import { exitCodeOf, isDs01Error, problemOf, toDs01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { wordOf, type ImageWord } from './image-words.ts';

/** What was deleted, of all images together. */
export interface Deleted extends RouteOutput<'images.delete'> {
  /** Where the Dockerfiles stay. */
  readonly dockerfiles: readonly { readonly image: string; readonly path: string }[];
  /** What failed; absent when nothing did. */
  readonly errors?: readonly Problem[];
}

/** What deleting several images came to. */
export interface DeleteOutcome {
  readonly deleted: Deleted;
  readonly failures: readonly Ds01Error[];
  /** The worst of the failures'; 0 without any. */
  readonly exitCode: number;
}

/** Where the Dockerfiles of images are that will be deleted with all their tags; unknown ones not. */
export async function dockerfilesOf(
  { runtime, signal }: CommandContext,
  words: readonly ImageWord[],
): Promise<Deleted['dockerfiles']> {
  const found: { image: string; path: string }[] = [];
  for (const { name, tag } of words) {
    if (tag !== null) continue;
    try {
      const view = await runtime.api.call('images.show', { name, tag }, { signal });
      const path = view.dockerfile?.path ?? null;
      if (path !== null) found.push({ image: name, path });
    } catch (error) {
      // What isn't there is told by the deletion itself.
      if (!isDs01Error(error) || exitCodeOf(error) !== 3) throw error;
    }
  }
  return found;
}

/** Deletes images one after the other; one that fails doesn't keep the others from their turn. */
export async function deleteEach(
  { output, runtime, signal }: CommandContext,
  words: readonly ImageWord[],
  { force, dockerfiles }: { readonly force: boolean; readonly dockerfiles: Deleted['dockerfiles'] },
): Promise<DeleteOutcome> {
  const results: RouteOutput<'images.delete'>[] = [];
  const failures: Ds01Error[] = [];
  for (const word of words) {
    if (words.length > 1) output.progress(`deleting ${wordOf(word)}`);
    try {
      results.push(await runtime.api.call('images.delete', { ...word, force }, { signal }));
    } catch (error) {
      signal.throwIfAborted();
      failures.push(toDs01Error(error));
    }
  }
  const gone = new Set(results.flatMap(({ tags }) => tags));
  const deleted: Deleted = {
    tags: [...gone],
    ids: results.flatMap(({ ids }) => ids),
    freedBytes: results.reduce((sum, { freedBytes }) => sum + freedBytes, 0),
    kept: results.flatMap(({ kept }) => kept),
    dockerfiles: [...dockerfiles],
    ...(failures.length === 0 ? {} : { errors: failures.map((failure) => problemOf(failure)) }),
  };
  return { deleted, failures, exitCode: Math.max(0, ...failures.map(exitCodeOf)) };
}
