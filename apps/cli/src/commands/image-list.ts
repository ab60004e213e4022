import { columns, type Screen } from '@ds01/command-line';
import type { ImageSummary } from '@ds01/contracts';
import { formatBytes } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';

/** `ds01 image list`. */
export async function run(context: CommandContext): Promise<number> {
  const { output, runtime, signal } = context;
  const result = await runtime.api.call('images.list', {}, { signal });
  output.result(result, (screen) => imageTable(result.images, screen));
  return 0;
}

function imageTable(images: readonly ImageSummary[], screen: Screen): string {
  if (images.length === 0) return 'no images';
  return columns(
    [
      ['NAME', 'OWNER', 'FRAMEWORK', 'SIZE', 'CREATED'],
      ...images.map((image) => [
        image.name,
        image.own ? 'you' : 'everybody',
        image.framework ?? '-',
        formatBytes(image.sizeBytes),
        image.createdAt.slice(0, 10),
      ]),
    ],
    screen,
  );
}
