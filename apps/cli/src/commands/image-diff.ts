import { table, type Screen } from '@ds01/command-line';
import type { ImageDiff } from '@ds01/contracts';
import { formatBytes } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { imageWordOf, wordOf } from '../images/image-words.ts';
import { layerText } from '../images/layer-text.ts';

/** `ds01 image diff`. */
export async function run({ operands, output, runtime, signal }: CommandContext): Promise<number> {
  const [before, after] = [imageWordOf(operands[0] ?? ''), imageWordOf(operands[1] ?? '')];
  const input = {
    ...before,
    otherName: after.name === before.name ? null : after.name,
    otherTag: after.tag,
  };
  const onProgress = (line: string) => output.progress(line);
  const diff = await runtime.api.call('images.diff', input, { signal, onProgress });
  const names = [wordOf(before), wordOf(after)] as const;
  output.result(diff, (screen) => diffText(diff, names, screen));
  return 0;
}

/** Packages, size and layers of two images beside each other. */
export function diffText(
  diff: ImageDiff,
  [before, after]: readonly [string, string],
  screen: Screen,
): string {
  const parts = [
    packagesText(diff, [before, after], screen),
    sizeText(diff, before, after),
    ...layersText('only', before, diff.removedLayers, screen),
    ...layersText('only', after, diff.addedLayers, screen),
  ];
  return parts.join('\n\n');
}

function packagesText(
  { packages }: ImageDiff,
  [before, after]: readonly [string, string],
  screen: Screen,
): string {
  if (packages.length === 0) return 'the same packages';
  const columns = [
    { heading: 'PACKAGE', atLeast: 12 },
    { heading: 'FROM' },
    { heading: before, atLeast: 8 },
    { heading: after, atLeast: 8 },
  ];
  const rows = packages.map((one) => [
    one.name,
    one.ecosystem,
    one.before ?? '-',
    one.after ?? '-',
  ]);
  return table({ columns, rows }, screen);
}

function sizeText({ sizeBytes, commonLayers }: ImageDiff, before: string, after: string): string {
  const size =
    sizeBytes === 0
      ? `${after} is as large as ${before}`
      : `${after} is ${formatBytes(Math.abs(sizeBytes))} ${sizeBytes > 0 ? 'larger' : 'smaller'} than ${before}`;
  const layers = commonLayers === 1 ? '1 layer' : `${commonLayers} layers`;
  return `${size}; they have ${commonLayers === 0 ? 'no layers' : layers} in common`;
}

function layersText(
  which: string,
  name: string,
  layers: ImageDiff['addedLayers'],
  screen: Screen,
): readonly string[] {
  if (layers.length === 0) return [];
  const columns = [{ heading: 'SIZE' }, { heading: `LAYERS ${which} of ${name}`, atLeast: 20 }];
  const rows = layers.map(({ sizeBytes, createdBy }) => [
    formatBytes(sizeBytes),
    layerText(createdBy),
  ]);
  return [table({ columns, rows }, screen)];
}
