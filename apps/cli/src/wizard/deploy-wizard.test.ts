import fc from 'fast-check';
import { objectNameSchema } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { lineOf } from './command-words.ts';
import { askDeploy, suggestedName } from './deploy-wizard.ts';
import { createReadyApi, createScriptedPrompter } from './testing/scripted.ts';
import type { ReadyAnswers } from './testing/scripted.ts';
import { container, explained, gpusOf, image, limits, me, twoGpus } from './testing/scripted.ts';

const bare: ReadyAnswers = {
  'containers.list': { containers: [] },
  'images.list': { images: [image('thesis', true), image('pytorch/pytorch:2.8')] },
  'users.me': me,
  'limits.show': limits({ max_containers_per_user: 3 }),
  'gpus.status': twoGpus,
  'gpus.explain': explained(['1']),
};
const everything = { asksGpu: true, asksOpen: true };

async function ask(answers: readonly string[], world: ReadyAnswers = {}, questions = everything) {
  const prompter = createScriptedPrompter(answers);
  const api = createReadyApi({ ...bare, ...world });
  const signal = new AbortController().signal;
  const words = await askDeploy({ api, prompter, signal }, questions);
  return { line: lineOf(words), seen: prompter.seen };
}

describe('the wizard', () => {
  test('Enter alone gives one’s own image, its name, the largest GPU and a shell', async () => {
    const { line, seen } = await ask(['', '', '', '']);
    expect(line).toBe('thesis --image thesis --open');
    expect(seen).toEqual([
      'Which image? thesis | pytorch/pytorch:2.8 | another one, of a registry',
      'What shall it be called? [thesis]',
      'Which GPU? the largest that is free | no GPU',
      'And then? open a shell in it | start it in the background',
    ]);
  });

  test('an image of a registry, another name, no GPU, in the background', async () => {
    const answers = ['+other', 'nvcr.io/nvidia/jax:23.10', 'My Experiment', 'none', '--background'];
    const { line } = await ask(answers);
    expect(line).toBe('my-experiment --image nvcr.io/nvidia/jax:23.10 --cpu-only --background');
  });

  test('a server without images for this person says what to do', async () => {
    await expect(ask([], { 'images.list': { images: [] } })).rejects.toMatchObject({
      code: 'image.not-found',
    });
  });

  test('a name that breaks the rule or is taken is asked for again, with a suggestion', async () => {
    const { line, seen } = await ask(['', 'a/b', 'thesis', '', '', ''], {
      'containers.list': { containers: [container('thesis')] },
    });
    expect(line).toBe('thesis-2 --image thesis --open');
    expect(seen.slice(1, 5)).toEqual([
      'What shall it be called? [thesis-2]',
      expect.stringMatching(/^"a\/b" can’t be a name: .* How about a-b\?$/),
      'What shall it be called? [a-b]',
      'You have a container "thesis" already. How about thesis-2?',
    ]);
  });

  test('what is known already isn’t asked', async () => {
    const { line, seen } = await ask(['', ''], {}, { asksGpu: false, asksOpen: false });
    expect(line).toBe('thesis --image thesis');
    expect(seen).toHaveLength(2);
  });

  test('slices are offered by profile, in the order of their size', async () => {
    const gpus = gpusOf([
      { slot: '0:0', profile: '1g.10gb', state: 'free' },
      { slot: '1:0', profile: '3g.40gb', state: 'free' },
      { slot: '2:0', profile: '1g.10gb', state: 'free' },
      { slot: '3', profile: null, state: 'bound' },
    ]);
    const { line, seen } = await ask(['', '', '--mig 1g.10gb', ''], { 'gpus.status': gpus });
    expect(line).toBe('thesis --image thesis --mig 1g.10gb --open');
    expect(seen[2]).toBe(
      'Which GPU? the largest that is free | a 3g.40gb slice of NVIDIA L40S, 1 free | ' +
        'a 1g.10gb slice of NVIDIA L40S, 2 free | no GPU',
    );
  });

  test('without a GPU to give it says why, and offers to go on without one', async () => {
    const refusal = explained([], 'Every GPU is taken.');
    const { line, seen } = await ask(['', '', '', ''], { 'gpus.explain': refusal });
    expect(line).toBe('thesis --image thesis --cpu-only --open');
    expect(seen).toContain('No GPU for you now: Every GPU is taken.');
  });

  test('at the limit of containers it says so before it asks anything', async () => {
    const full = { 'containers.list': { containers: [container('a'), container('b', 'stopped')] } };
    const asked = ask([], { ...full, 'limits.show': limits({ max_containers_per_user: 2 }) });
    await expect(asked).rejects.toMatchObject({
      code: 'quota.containers-exceeded',
      message: 'You have 2 containers and may have 2, stopped ones too: a, b.',
    });
  });
});

test.each([
  ['pytorch/pytorch:2.8', 'pytorch'],
  ['ds01/busybox', 'busybox'],
  ['registry.lab:5000/Team_X/base@sha256:00', 'base'],
  ['thesis:kept-1', 'thesis'],
])('%s suggests the name %s', (reference, name) => {
  expect(suggestedName(reference, new Set())).toBe(name);
});

test('whatever an image is called, the suggestion is a name, and not taken', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), fc.nat(3), (reference, count) => {
      const taken = new Set<string>();
      for (let index = 0; index <= count; index += 1) {
        const name = suggestedName(reference, taken);
        expect(objectNameSchema.safeParse(name).success).toBe(true);
        expect(taken.has(name)).toBe(false);
        taken.add(name);
      }
    }),
    { numRuns: 200 },
  );
});
