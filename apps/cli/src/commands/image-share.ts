import { listFlag, switchFlag } from '@ds01/command-line';
import type { RouteOutput } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { withImageName } from '../images/choose-image.ts';
import { imageWordOf } from '../images/image-words.ts';

type Sharing = RouteOutput<'images.share'>['sharedWith'];

/** `ds01 image share`: with people and groups, no longer with them, or with whom it is. */
export async function run(given: CommandContext): Promise<number> {
  const context = await withImageName(given, 'share');
  const { flags, operands, output, runtime, signal } = context;
  const { name } = imageWordOf(operands[0] ?? '');
  const remove = switchFlag(flags, 'remove');
  const named = sharingOf(listFlag(flags, 'with'));
  // Taking it back from nobody in particular is taking it back from all.
  if (isNobody(named) && !remove) {
    const { image, sharedWith } = await runtime.api.call(
      'images.show',
      { name, tag: null },
      { signal },
    );
    output.result({ image, note: null, sharedWith }, () => sharingText(name, sharedWith));
    return 0;
  }
  const result = await runtime.api.call('images.share', { name, ...named, remove }, { signal });
  output.result(result, () => result.note ?? sharingText(name, result.sharedWith));
  return 0;
}

/** `alice`, `@lab`, also several with commas between them. */
function sharingOf(words: readonly string[]): Sharing {
  const names = words.flatMap((word) => word.split(',')).filter((word) => word !== '');
  if (names.includes('@') || (words.length > 0 && names.length === 0)) {
    throw ds01Error('usage.invalid', {
      message: '--with takes a user, or @ and a group.',
      hint: 'ds01 image share thesis --with bob',
    });
  }
  return {
    users: names.filter((name) => !name.startsWith('@')),
    groups: names.filter((name) => name.startsWith('@')).map((name) => name.slice(1)),
  };
}

function isNobody({ users, groups }: Sharing): boolean {
  return users.length + groups.length === 0;
}

function sharingText(name: string, sharing: Sharing): string {
  const all = [...sharing.users, ...sharing.groups.map((group) => `@${group}`)];
  return all.length === 0
    ? `${name} is shared with nobody`
    : `${name} is shared with ${all.join(', ')}`;
}
