import { switchFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { detailedImages, imageTable } from '../images/image-text.ts';

/** `ds01 image list`. */
export async function run({ flags, output, runtime, signal }: CommandContext): Promise<number> {
  const result = await runtime.api.call('images.list', {}, { signal });
  const show = switchFlag(flags, 'detailed') ? detailedImages : imageTable;
  output.result(result, (screen) => show(result.images, { screen, nowMs: Date.now() }));
  return 0;
}
