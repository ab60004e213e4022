import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandOutcome, succeeded } from '@ds01/e2e';
import { beforeAll, describe, expect, test } from 'vitest';
import { canRun, modes, useSandbox } from './harness/use-sandbox.ts';

const user = 'alice';
const odd = 'two words ümläut 日本語.txt';

/** Which `tar` the container has: `/bin/tar` leads to a file that its user may change. */
const tars = { own: '/bin/busybox', hostile: '/bin/hostile', none: '/nowhere' } as const;

/** Archives that a container might send when it is asked for `/x`, each with a file elsewhere. */
const hostile = {
  absolute: { renamed: 's,^escaped$,/home/alice/escaped,;s,^[.]$,x,', files: 'escaped' },
  above: { renamed: 's,^escaped$,x/../../escaped,;s,^[.]$,x,', files: 'escaped' },
  through: {
    renamed: 's,^out$,x/out,;s,^escaped$,x/out/escaped,;s,^[.]$,x,',
    files: 'out escaped',
  },
} as const;

describe.skipIf(!canRun)('container cp', () => {
  const sandbox = useSandbox({ name: 'copy', gpus: 'none', daemon: true });

  /** A script where the files are; what it printed. */
  const outside = async (script: string, as: 'alice' | 'root' = user): Promise<string> => {
    const options = as === 'root' ? {} : { user: as };
    const outcome = await sandbox().run(['bash', '-c', `cd /home/alice; ${script}`], options);
    return succeeded(outcome).stdout;
  };
  const inside = async (script: string): Promise<string> => {
    const words = ['container', 'exec', 'thesis', '--', 'sh', '-c', script];
    return succeeded(await sandbox().ds01(words, { actFor: user })).stdout;
  };
  const useTar = (which: keyof typeof tars): Promise<string> =>
    inside(`ln -sf ${tars[which]} /tmp/tar`);

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ds01-copy-'));
    try {
      writeFileSync(join(folder, 'escaped'), 'escaped\n');
      const pack = Object.entries(hostile).map(
        ([name, { renamed, files }]) =>
          `tar --no-recursion -P -cf ${name}.tar --transform '${renamed}' . ${files}`,
      );
      const script = ['set -e', `cd ${folder}`, 'ln -s /home/alice out', ...pack].join('\n');
      succeeded(await sandbox().run(['bash', '-c', script]));
      const recipe = [
        'FROM ds01/busybox',
        'COPY *.tar /sent/',
        "RUN printf '#!/bin/sh\\ncat /sent/$(cat /tmp/which).tar\\n' >/bin/hostile",
        'RUN chmod 755 /bin/hostile && echo sesame >/secret && chmod 600 /secret',
        'RUN ln -sf /tmp/tar /bin/tar',
      ];
      writeFileSync(join(folder, 'Dockerfile'), recipe.join('\n'));
      await sandbox().docker('build', '--network', 'none', '--tag', 'copies', folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
    const words = ['container', 'deploy', 'thesis', '--image', 'copies', '--background'];
    succeeded(await sandbox().ds01([...words, '--cpu-only'], { user }));
    const make =
      `mkdir -p 'in/a folder/empty' && echo one >'in/a folder/${odd}' && ln -s '${odd}' 'in/a folder/link' && ` +
      `echo file >'in/${odd}' && head -c 3000000 /dev/urandom >'in/a folder/large'`;
    await outside(make);
  });

  // The daemon's turn is first: then it is stopped, and commands work embedded.
  describe.each(modes.toReversed())('$mode', ({ mode, daemon }) => {
    const as = daemon ? { user } : { actFor: user };
    const out = `out-${mode}`;
    const copy = (source: string, destination: string, stdin?: string): Promise<CommandOutcome> =>
      sandbox().ds01(['container', 'cp', source, destination], {
        ...as,
        ...(stdin === undefined ? {} : { stdin }),
      });
    const home = '/home/alice';

    beforeAll(async () => {
      if (!daemon) await sandbox().daemon?.stop();
      await useTar('own');
      await inside('rm -rf /workspace/* && mkdir /workspace/there');
      await outside(`mkdir ${out}`);
    });

    test('files and folders arrive as they were, both ways', async () => {
      succeeded(await copy(`${home}/in/a folder`, 'thesis:/workspace/new name'));
      succeeded(await copy(`${home}/in/a folder`, 'thesis:/workspace/there'));
      succeeded(await copy(`${home}/in/${odd}`, 'thesis:/workspace/there'));
      expect(await inside('cd /workspace; ls -d new* there/a*; cat there/*.txt')).toBe(
        'new name\nthere/a folder\nfile\n',
      );
      succeeded(await copy('thesis:/workspace/new name', `${home}/${out}`));
      succeeded(await copy('thesis:/workspace/there/.', `${home}/${out}/contents`));
      succeeded(await copy(`thesis:/workspace/there/${odd}`, `${home}/${out}/file ü`));
      await outside(
        `diff -r --no-dereference 'in/a folder' '${out}/new name' && diff -r --no-dereference in ${out}/contents && ` +
          `diff 'in/${odd}' '${out}/file ü'`,
        'root',
      );
    });

    test('- is an archive on stdin and stdout', async () => {
      const { root } = sandbox().host.paths;
      const words = daemon ? '' : `--user ${user}`;
      const ds01 = `${root}/programs/node ${root}/programs/cli/main.js container cp ${words}`;
      const both =
        `set -o pipefail; tar -C in -cf - 'a folder' | ${ds01} - thesis:/tmp && ` +
        `mkdir ${out}/archive && ${ds01} 'thesis:/tmp/a folder' - | tar -C ${out}/archive -xf - && ` +
        `diff -r --no-dereference 'in/a folder' '${out}/archive/a folder'`;
      await outside(both, daemon ? user : 'root');
    });

    test('what is not there is said, on both sides, and nothing is made', async () => {
      const code = async (source: string, destination: string, expected: string) => {
        const outcome = await copy(source, destination);
        expect([source, outcome.code]).toEqual([source, 3]);
        expect(outcome.stderr).toContain(expected);
      };
      await code('thesis:/workspace/nothing', `${home}/${out}/nothing`, 'nothing');
      await code(`${home}/nothing`, 'thesis:/workspace/nothing', 'nothing');
      await code('thesis:/workspace/there', `${home}/no-folder/there`, '/home/alice/no-folder');
      await code(`${home}/in/${odd}`, 'thesis:/workspace/nothing/', '/workspace/nothing');
      const lost = await copy(`${home}/in/${odd}`, 'thesis:/no-folder/name');
      expect([lost.code, lost.stderr]).toEqual([4, expect.stringContaining('no-folder')]);
      expect(await outside(`ls -d ${out}/nothing no-folder 2>/dev/null || true`)).toBe('');
    });

    test('a file of root’s can’t be read, nor a folder of root’s be written', async () => {
      const secret = await copy('thesis:/secret', `${home}/${out}/secret`);
      expect([secret.code, secret.stderr]).toEqual([3, expect.stringContaining('denied')]);
      const write = await copy(`${home}/in/${odd}`, 'thesis:/etc');
      expect([write.code, write.stderr]).toEqual([4, expect.stringContaining('denied')]);
      expect(await outside(`grep -rl sesame ${out} || true`, 'root')).toBe('');
    });

    test.each(['absolute', 'above', 'through'] as const)(
      'an archive that leads elsewhere (%s) writes nothing there',
      async (which) => {
        await inside(`echo ${which} >/tmp/which; ln -sf ${tars.hostile} /tmp/tar`);
        const copied = await copy('thesis:/x', `${home}/${out}/${which}`);
        await useTar('own');
        expect(copied.stderr).toMatch(/left out|copy\.unsafe/);
        // What belongs into a link lands in a folder of that name, where it was asked for.
        const elsewhere = "find .. -name escaped -not -path '*/through/out/escaped'";
        expect(await outside(elsewhere, 'root')).toBe('');
      },
    );

    test('a copy runs as nobody else', async () => {
      await inside('echo >/workspace/tool; chmod 6755 /workspace/tool');
      succeeded(await copy('thesis:/workspace/tool', `${home}/${out}`));
      expect(await outside(`stat -c '%a %U' ${out}/tool`)).toBe(`755 ${daemon ? user : 'root'}\n`);
    });

    test('an image without tar is said to have none', async () => {
      await useTar('none');
      for (const [source, destination] of [
        ['thesis:/workspace/there', `${home}/${out}/never`],
        [`${home}/in/${odd}`, 'thesis:/workspace'],
      ] as const) {
        const outcome = await copy(source, destination);
        expect([source, outcome.code]).toEqual([source, 4]);
        expect(outcome.stderr).toContain('This image has no tar');
      }
      await useTar('own');
    });

    test('Ctrl-C ends it with 130, and tar inside with it', async () => {
      const copying = sandbox().startDs01(['container', 'cp', '-', 'thesis:/tmp'], {
        ...as,
        keepInput: true,
      });
      const tarRuns = async () => (await inside('ps -o args')).includes('tar -xof');
      await expect.poll(tarRuns, { timeout: 10_000 }).toBe(true);
      copying.child.kill('SIGINT');
      expect(await copying.done).toMatchObject({ code: 130, stdout: '' });
      await expect.poll(tarRuns, { timeout: 10_000 }).toBe(false);
    });
  });
});
