import { createOutput, plainScreen } from '@ds01/command-line';
import { isDs01Error } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { parseCommandLine } from '@ds01/command-line';
import { deployInputOf } from './deploy-input.ts';
import { program } from './program.ts';

const output = createOutput({
  json: false,
  quiet: true,
  interactive: false,
  screen: plainScreen,
  sideScreen: plainScreen,
  unicode: false,
  actFor: null,
  stdout: { write: () => true },
  stderr: { write: () => true },
});

/** The input that a command line becomes. */
async function inputOf(...words: string[]) {
  const parsed = parseCommandLine(program, 'ds01', ['container', 'deploy', ...words]);
  if (!('flags' in parsed)) throw new Error('no command');
  const { operands, flags, trailing } = parsed;
  const signal = new AbortController().signal;
  const context = { operands, flags, trailing, output, signal };
  return deployInputOf(context as Parameters<typeof deployInputOf>[0], true);
}

async function refusalOf(...words: string[]): Promise<string> {
  return inputOf(...words).then(
    () => 'fine',
    (error: unknown) => (isDs01Error(error) ? error.code : String(error)),
  );
}

test.each([
  [['thesis', 'lab/torch:2'], { name: 'thesis', image: 'lab/torch:2', framework: null }],
  [['thesis', 'pytorch'], { name: 'thesis', image: null, framework: 'pytorch' }],
  [['--image', 'ds01-alice/thesis:exp'], { name: null, image: 'ds01-alice/thesis:exp' }],
  [['thesis', '--framework', 'jax'], { image: null, framework: 'jax' }],
  [['thesis', '--gpu-memory', '20g'], { gpu: { kind: 'any', minMemoryBytes: 20 * 2 ** 30 } }],
  [['thesis', '--gpu-type', 'A100'], { gpu: { kind: 'any', model: 'A100' } }],
  [['thesis', '--num-gpus', '2'], { gpu: { kind: 'whole', count: 2 } }],
  [['thesis', '--num-gpus=1', '--prefer-full'], { gpu: { kind: 'whole', count: 1 } }],
  [['thesis', '--project', 'paper', '--replace'], { project: 'paper', replace: true }],
  [['--until-reserved', 'thesis'], { name: 'thesis', untilReserved: true }],
  [['-w', '/data/x', 'thesis'], { name: 'thesis', workspace: '/data/x', replace: false }],
])('deploy %j asks for %j', async (words, expected) => {
  expect(await inputOf(...words)).toMatchObject(expected);
});

test.each([
  [['thesis', 'busybox', '--image', 'debian']],
  [['thesis', 'busybox', '--framework', 'jax']],
  [['thesis', 'busybox', 'more']],
  [['thesis', '--gpu-memory', 'much']],
  [['thesis', '--wait=']],
  [['thesis', '--wait=90']],
  [['thesis', '--cpu-only', '--gpu-type', 'A100']],
])('deploy %j is refused', async (words) => {
  expect(await refusalOf(...words)).toBe('usage.invalid');
});
