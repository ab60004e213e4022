import type { CommandContext } from '../context.ts';
import { updateImage } from '../images/update-image.ts';
import { wantsUpdateQuestions } from '../wizard/wants-questions.ts';

/** `ds01 image update`. */
export async function run(context: CommandContext): Promise<number> {
  if (wantsUpdateQuestions(context)) {
    const { updateByQuestions } = await import('../wizard/update-by-questions.ts');
    return updateByQuestions(context);
  }
  return updateImage(context);
}
