import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { slugOf, usernameSchema } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aliasesFile } from './aliases.ts';
import { aliasesPath, promptCommand } from './shell-start.ts';

const slug = slugOf(usernameSchema.parse('alice'));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ds01-aliases-'));
  writeFileSync(join(folder, 'aliases'), aliasesFile(slug, 'thesis'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a shell prints that is told `lines`. */
function told(
  words: readonly [string, ...string[]],
  lines: string,
  env: Readonly<Record<string, string>>,
): string {
  const [program, ...rest] = words;
  const { stdout, stderr } = spawnSync(program, rest, {
    input: `${lines}\n`,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder, PS1: '', ...env },
  });
  return stdout + stderr;
}

const shells = [
  ['dash', ['dash', '-i'], () => ({ ENV: join(folder, 'aliases') })],
  [
    'bash',
    ['bash', '--norc', '-i'],
    () => ({ PROMPT_COMMAND: promptCommand.replace(aliasesPath, join(folder, 'aliases')) }),
  ],
] as const;

describe.each(shells)('in %s', (_, words, env) => {
  const run = (lines: string): string => told([...words], lines, env());

  test('ds01-help says where one is, and what goes on after exit', () => {
    const said = run('ds01-help');
    expect(said).toContain('thesis, a container of alice');
    expect(said).toContain('ds01 container retire thesis');
  });

  test('the shorthands are there', () => {
    const said = run('alias ll; alias gpu; alias tb; ws; pwd');
    expect(said).toContain("ll='ls -l'");
    expect(said).toContain("gpu='nvidia-smi'");
    expect(said).toContain('tensorboard');
  });

  test('ds01 itself says that it is not in here', () => {
    const said = run('ds01 container list; echo code=$?');
    expect(said).toContain('Leave with: exit');
    expect(said).toContain('code=127');
  });

  test('a shorthand that is a command already stays that command', () => {
    const own = "alias ll='echo own'";
    const again = `${own}; . ${join(folder, 'aliases')}\nll`;
    expect(run(again)).toContain('own');
  });
});

test('every line of the help fits a terminal of 40 columns', () => {
  const file = aliasesFile(slug, 'thesis');
  const help = file.slice(file.indexOf("<<'END'\n") + 8, file.indexOf('\nEND\n'));
  for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(40);
});

test('a bash that runs in a bash has them too', () => {
  const env = { PROMPT_COMMAND: promptCommand.replace(aliasesPath, join(folder, 'aliases')) };
  const said = told(['bash', '--norc', '-i'], 'bash --norc -i\nds01-help\n', env);
  expect(said).toContain('thesis, a container of alice');
});
