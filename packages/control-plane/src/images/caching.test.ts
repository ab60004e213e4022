import { createRecipe, renderDockerfile } from '@ds01/dockerfile-builder';
import { expect, test } from 'vitest';
import { built } from '../testing/builds.ts';
import { imageWorld } from '../testing/images.ts';

const owner = { uid: 2001, gid: 2001, slug: 'alice', name: 'alice' };
const first = createRecipe({ project: 'thesis', base: { image: 'ds01/busybox' } })
  .withSystemPackages('tree')
  .withGroup('data-science')
  .withUseCase('nlp')
  .withPackages('rich')
  .withOwner(owner);

test.each([
  ['a package', first.withPackages('click'), ['rich']],
  [
    'a package of the system',
    first.withSystemPackages('git'),
    ['apt-get', 'pandas', 'peft', 'rich'],
  ],
] as const)(
  'with %s more, what installs it runs again, and what comes before it does not',
  async (_what, changed, expected) => {
    const { world } = imageWorld();
    const ran = async (builder: typeof first): Promise<readonly string[]> => {
      const made = builder.build();
      if (!made.ok) throw new Error(JSON.stringify(made.problems));
      const events = await built(world.deps(), renderDockerfile(made.recipe));
      const cached = new Set(events.flatMap((one) => (one.event === 'cached' ? [one.step] : [])));
      return events.flatMap((one) =>
        one.event === 'step' && !cached.has(one.step) && / install /.test(one.instruction)
          ? [one.instruction]
          : [],
      );
    };
    expect(await ran(first)).toHaveLength(4);
    expect(await ran(first)).toEqual([]);
    const again = await ran(changed);
    expect(again).toEqual(expected.map((word) => expect.stringContaining(word)));
  },
);
