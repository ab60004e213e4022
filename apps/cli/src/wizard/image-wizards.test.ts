import type { BaseImage } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { flagWords, lineOf } from './command-words.ts';
import { askCreate } from './create-wizard.ts';
import { createReadyApi, createScriptedPrompter, me } from './testing/scripted.ts';
import { askUpdate } from './update-wizard.ts';
import { imageMakeCommands } from '../image-make-commands.ts';

const base = (framework: string, runs: boolean | null): BaseImage => ({
  framework,
  version: '2.8.0',
  architecture: null,
  image: `${framework}/${framework}:2.8.0`,
  cuda: null,
  python: null,
  packages: [],
  source: 'built-in',
  present: false,
  runs,
  reason: null,
});
const bases = {
  driverVersion: null,
  maxCuda: null,
  bases: [base('jax', true), base('mxnet', false), base('pytorch', null), base('pytorch', true)],
};

async function create(
  answers: readonly string[],
  world: { readonly name?: string; readonly files?: Readonly<Record<string, string>> } = {},
) {
  const prompter = createScriptedPrompter(answers);
  const readText = (path: string) => Promise.resolve(world.files?.[path] ?? null);
  const tools = {
    api: createReadyApi({ 'images.bases': bases }),
    prompter,
    signal: new AbortController().signal,
    files: { me, readText },
    cwd: '/home/alice/workspace/paper/src',
  };
  const words = await askCreate(tools, world.name ?? null);
  return { line: words === null ? null : lineOf(words), seen: prompter.seen };
}

describe('the wizard for a new image', () => {
  test('Enter alone takes the project where one is, PyTorch, and general machine learning', async () => {
    const { line, seen } = await create(['', '', '', '', '', '', '', '', '']);
    expect(line).toBe('create paper --framework pytorch --type ml');
    expect(seen[1]).toBe('What shall it begin with? pytorch | jax | another image');
  });

  test('a bad name is asked again with one that is good', async () => {
    const { line } = await create(['Übung/1', '', '+other', '', 'none', '', '', 'no']);
    expect(line).toBe('create u-bung-1 --base python:3.12-slim --no-build');
  });

  test('everything that is said is a flag of the command', async () => {
    const { line } = await create(
      ['jax', 'case', 'cv', 'no', 'no', 'timm>=1 x; python_version<"3.12"', 'tree htop', 'build'],
      { name: 'thesis' },
    );
    expect(line).toBe(
      'create thesis --framework jax --type cv --no-jupyter --no-data-science ' +
        `--packages 'timm>=1 x; python_version<"3.12"' --system 'tree htop'`,
    );
  });

  test('a list of requirements of the project is proposed first', async () => {
    const list = '/home/alice/workspace/thesis/requirements.txt';
    const files = { [list]: 'timm\n' };
    const { line } = await create(['', '', '', '', ''], { name: 'thesis', files });
    expect(line).toBe(`create thesis --framework pytorch --requirements ${list}`);
  });

  test('a Dockerfile that is there is built, kept or left', async () => {
    const files = { '/home/alice/workspace/thesis/Dockerfile': 'FROM debian:12\n' };
    const given = { name: 'thesis', files };
    expect((await create([''], given)).line).toBe('build thesis');
    expect((await create(['+leave'], given)).line).toBeNull();
    const { line } = await create(['write', '', 'none', '', '', ''], given);
    expect(line).toBe('create thesis --framework pytorch');
  });
});

describe('the wizard for changes', () => {
  const text =
    'FROM debian:12\nRUN apt-get update && apt-get install -y tree\nRUN pip install timm\n';
  const ask = async (answers: readonly string[]) => {
    const prompter = createScriptedPrompter(answers);
    const words = await askUpdate(prompter, { name: 'thesis', text, mayEdit: true });
    return { words, seen: prompter.seen };
  };

  test('shows what there is, and collects changes for one build', async () => {
    const answers = ['--add', 'einops', '--remove-system', 'tree', '+done'];
    const { words, seen } = await ask(answers);
    expect(words).toEqual(['--add', 'einops', '--remove-system', 'tree']);
    expect(seen.slice(0, 3)).toEqual([
      'thesis begins with debian:12.',
      'Python: timm',
      'System: tree',
    ]);
  });

  test('nothing is an answer, and an empty one is none', async () => {
    expect((await ask(['--add', '', '+leave'])).words).toBeNull();
    expect((await ask(['--rebuild'])).words).toEqual(['--rebuild']);
  });
});

test('switches that are off are words of a line again', () => {
  const specs = imageMakeCommands[0]?.flags ?? [];
  const flags = { cache: false, build: true, jupyter: false, dataScience: true, base: 'x' };
  expect(flagWords(specs, flags)).toEqual([
    '--base',
    'x',
    '--no-jupyter',
    '--data-science',
    '--no-cache',
  ]);
});
