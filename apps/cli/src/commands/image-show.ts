import { fields, switchFlag, table, textFlag, type Cell, type Screen } from '@ds01/command-line';
import type { ImageView } from '@ds01/contracts';
import { ds01Error, formatBytes } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { withImageName } from '../images/choose-image.ts';
import { summaryRows } from '../images/image-text.ts';
import { imageWordOf, tagOf } from '../images/image-words.ts';
import { layerText } from '../images/layer-text.ts';

/** `ds01 image show`. */
export async function run(given: CommandContext): Promise<number> {
  const { flags, operands, output, runtime, signal } = await withImageName(given, 'show');
  const word = imageWordOf(operands[0] ?? '');
  const input = { name: word.name, tag: tagOf(word, textFlag(flags, 'tag')) };
  const view = await runtime.api.call('images.show', input, { signal });
  if (!switchFlag(flags, 'dockerfile')) {
    output.result(view, (screen) => describe(view, screen));
    return 0;
  }
  const { dockerfile } = view;
  if (dockerfile === null) {
    throw ds01Error('build.not-found', {
      message: `The Dockerfile of ${view.image.name} isn’t known: it was not built here.`,
      hint: `ds01 image show ${word.name}`,
    });
  }
  output.result(view, () => dockerfile.text.replace(/\n$/, ''));
  return 0;
}

function describe(view: ImageView, screen: Screen): string {
  const shared = [...view.sharedWith.users, ...view.sharedWith.groups.map((group) => `@${group}`)];
  const rows: readonly (readonly [string, Cell])[] = [
    ...summaryRows(view.image, Date.now()),
    ...(shared.length === 0 ? [] : [['shared with', shared.join(', ')] as const]),
    ...(view.dockerfile === null
      ? []
      : [['dockerfile', view.dockerfile.path ?? 'see --dockerfile'] as const]),
    ['user', view.user === '' ? 'root' : view.user],
    ['folder', view.workingDirectory === '' ? '/' : view.workingDirectory],
    ...(view.entrypoint.length === 0 ? [] : [['entrypoint', wordsText(view.entrypoint)] as const]),
    ...(view.command.length === 0 ? [] : [['command', wordsText(view.command)] as const]),
    ...view.onBuild.map((trigger) => ['when built on', trigger] as const),
    ...(view.digest === null ? [] : [['digest', view.digest] as const]),
    ...(view.env.length === 0 ? [] : [['variables', view.env.join(', ')] as const]),
  ];
  const layers = view.layers.map((layer) => [
    formatBytes(layer.sizeBytes),
    layerText(layer.createdBy),
  ]);
  const columns = [{ heading: 'SIZE' }, { heading: 'LAYER (newest first)', atLeast: 20 }];
  return `${fields(rows, screen)}\n\n${table({ columns, rows: layers }, screen)}`;
}

function wordsText(words: readonly string[]): string {
  return JSON.stringify(words);
}
