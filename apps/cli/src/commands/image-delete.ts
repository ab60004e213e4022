import { confirm, switchFlag, textFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { withImageName } from '../images/choose-image.ts';
import {
  deleteEach,
  dockerfilesOf,
  type Deleted,
  type DeleteOutcome,
} from '../images/delete-each.ts';
import { deletedText } from '../images/deleted-text.ts';
import { imageWordOf, tagOf, wordOf, type ImageWord } from '../images/image-words.ts';
import { ownNames } from '../images/own-names.ts';

/** `ds01 image delete`: several at once, with the exit code of the worst that went wrong. */
export async function run(given: CommandContext): Promise<number> {
  const { context, words } = await wordsOf(given);
  const { flags, output } = context;
  const dockerfiles = await dockerfilesOf(context, words);
  if (words.length > 0) {
    await confirm(context, `Delete ${words.map(wordOf).join(', ')}?${stays(dockerfiles)}`);
  }
  const force = switchFlag(flags, 'force');
  const outcome = await deleteEach(context, words, { force, dockerfiles });
  const [failure] = outcome.failures;
  if (words.length === 1 && failure !== undefined) throw failure;
  output.result(outcome.deleted, () => describe(outcome, switchFlag(flags, 'dryRun')));
  return outcome.exitCode;
}

/** The images that are meant: named, all of one's own, or chosen. */
async function wordsOf(given: CommandContext): Promise<{
  readonly context: CommandContext;
  readonly words: readonly ImageWord[];
}> {
  if (!switchFlag(given.flags, 'all')) {
    const context = await withImageName(given, 'delete');
    const tag = textFlag(given.flags, 'tag');
    const words = context.operands.map((operand) => {
      const word = imageWordOf(operand);
      return { name: word.name, tag: tagOf(word, tag) };
    });
    return { context, words };
  }
  if (given.operands.length > 0 || textFlag(given.flags, 'tag') !== null) {
    throw ds01Error('usage.invalid', {
      message: 'Give names or --all, not both.',
      hint: 'ds01 image list',
    });
  }
  const { runtime, signal } = given;
  const { images } = await runtime.api.call('images.list', {}, { signal });
  return { context: given, words: ownNames(images).map((name) => ({ name, tag: null })) };
}

function stays(dockerfiles: Deleted['dockerfiles']): string {
  if (dockerfiles.length === 0) return '';
  const places = dockerfiles.map(({ path }) => path).join(', ');
  return dockerfiles.length === 1
    ? ` Its Dockerfile stays: ${places}.`
    : ` Their Dockerfiles stay: ${places}.`;
}

function describe({ deleted, failures }: DeleteOutcome, isDry: boolean): string {
  const lines = [
    deletedText(deleted, isDry),
    ...deleted.dockerfiles.map(({ image, path }) => `the Dockerfile of ${image} stays: ${path}`),
    ...failures.map(({ message }) => `failed: ${message}`),
  ];
  return lines.join('\n');
}
