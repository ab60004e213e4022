import { switchFlag, textFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { changesText } from '../packages/new-packages.ts';
import { savedText, savePackages, type HowToSave } from '../packages/save-packages.ts';
import { withContainer } from '../wizard/choose-container.ts';

/** `ds01 container save-packages`. */
export async function run(given: CommandContext): Promise<number> {
  const how = await howToSave(given);
  const context = await withContainer(given, {
    verb: 'save packages of',
    applies: () => true,
    asksLater: true,
  });
  const { flags, operands, output } = context;
  const saved = await savePackages(context, operands[0] ?? '', how);
  for (const notice of saved.notices) output.say(notice);
  output.result(saved, (screen) => {
    const text = savedText(saved, switchFlag(flags, 'dryRun'));
    return saved.outcome === 'nothing-new'
      ? text
      : `${changesText(saved.changes, screen)}\n${text}`;
  });
  return 0;
}

async function howToSave({ flags }: CommandContext): Promise<HowToSave> {
  const tag = textFlag(flags, 'tag');
  if (!switchFlag(flags, 'commit')) {
    const { buildOptionsOf } = await import('../images/build-image.ts');
    const build = flags['build'] !== false;
    return { kind: 'dockerfile', build, options: buildOptionsOf(flags) };
  }
  if (tag !== null) return { kind: 'commit', tag };
  throw ds01Error('usage.invalid', {
    message: '--commit needs a tag that isn’t there yet.',
    hint: 'ds01 container save-packages thesis --commit --tag with-timm',
  });
}
