import { createRecipe, type RecipeInput, renderDockerfile } from '@ds01/dockerfile-builder';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ClassicBuilder } from './harness/classic-builder.ts';

/** Breaks out of quotes of any kind, when somebody forgets one. */
const nasty = `a'b"c \`id\` $(id) $HOME \${HOME} \\ \\" # && ; | > x <<EOF [*]? ü🦊`;
const path = `my $HOME's "files" [x]*?#/a b.txt`;
/** Writes its words to a file, one a line. */
const recorder = `printf '#!/bin/sh\\nfor word; do echo "$word" >>/words; done\\n' >/bin/pip`;
const owner = {
  uid: 1_722_830_498,
  gid: 1_722_830_498,
  slug: 'u204214_0a1b2c',
  name: '204214@example.org',
};

/** Tests that build what is rendered. */
export function describeRendered(builder: () => ClassicBuilder): void {
  describe('what is rendered', () => {
    beforeAll(async () => {
      const { host, engine, build } = builder();
      const busybox = await host.image('busybox');
      const base = await build({
        Dockerfile: `FROM ${busybox}\nRUN ${recorder}; chmod 755 /bin/pip\n`,
      });
      await engine.tagImage(base.image.id, { repository: 'ds01/recorder', tag: 'latest' });
    });

    test('every value arrives as it is, and the account is there whatever its name and id', async () => {
      const recipe: RecipeInput = {
        project: 'thesis',
        base: { image: 'ds01/recorder' },
        author: nasty,
        requirementFiles: [{ path }],
        packages: [nasty, 'torch>=2.1; python_version<"3.12"'],
        env: { NASTY: nasty },
        labels: { nasty },
        copy: [{ from: [path], to: `/opt/${path}` }],
        commands: [['cat', '/words', `/opt/${path}`], `printf '%s\\n' "lines\nof text"`],
        entrypoint: ['/bin/echo', nasty],
        command: [nasty, 'two\nlines'],
        owner,
      };
      const made = createRecipe(recipe).build();
      if (!made.ok) throw new Error(JSON.stringify(made.problems));
      const files = { Dockerfile: renderDockerfile(made.recipe), [path]: 'text of the file\n' };
      const { image, printed } = await builder().build(files);

      const install = ['install', '--no-cache-dir'];
      const words = [install, ['-r', `/tmp/ds01/${path}`], install, recipe.packages ?? []].flat();
      expect(printed).toContain(`${[...words, 'text of the file'].join('\n')}\n`);
      expect(printed).toContain('\nlines\nof text\n');
      expect(image.env).toContain(`NASTY=${nasty}`);
      expect(image.labels).toMatchObject({ nasty, maintainer: nasty, 'ds01.owner': owner.name });
      expect(image.entrypoint).toEqual(['/bin/echo', nasty]);
      expect(image.command).toEqual([nasty, 'two\nlines']);
      expect(image.user).toBe('1722830498:1722830498');

      const check = 'id && touch ~/file file && stat -c "%U %n" ~/file "$PWD/file"';
      const inside = await builder().build({ Dockerfile: `FROM ${image.id}\nRUN ${check}\n` });
      expect(inside.printed).toContain(
        'uid=1722830498(u204214_0a1b2c) gid=1722830498(u204214_0a1b2c)',
      );
      expect(inside.printed).toContain('u204214_0a1b2c /home/u204214_0a1b2c/file\n');
      expect(inside.printed).toContain('u204214_0a1b2c /workspace/file\n');
    });
  });
}
