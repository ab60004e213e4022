import { describe, expect, test } from 'vitest';
import { chooseContainer } from './choose-container.ts';
import { container, createScriptedPrompter } from './testing/scripted.ts';
import { askWish, verbsFor } from './welcome.ts';

const all = [container('thesis'), container('night', 'stopped'), container('plots')];
const running = ({ state }: { readonly state: string }): boolean => state === 'running';
const stop = { verb: 'stop', applies: running };

describe('a verb without a name', () => {
  test('asks which, among those for which it makes sense', async () => {
    const prompter = createScriptedPrompter(['plots']);
    expect(await chooseContainer(prompter, all, stop)).toBe('plots');
    expect(prompter.seen).toEqual(['Stop which container? thesis (running) | plots (running)']);
  });

  test('asks whether it is meant where there is only one', async () => {
    const one = [container('thesis'), container('night', 'stopped')];
    const prompter = createScriptedPrompter(['yes']);
    expect(await chooseContainer(prompter, one, stop)).toBe('thesis');
    expect(prompter.seen).toEqual(['Stop thesis (running)?']);
    await expect(chooseContainer(createScriptedPrompter(['no']), one, stop)).rejects.toMatchObject({
      code: 'operation.interrupted',
    });
  });

  test('takes the only one where the command asks anyway', async () => {
    const one = [container('thesis')];
    const verb = { ...stop, asksLater: true };
    expect(await chooseContainer(createScriptedPrompter([]), one, verb)).toBe('thesis');
  });

  test('says what there is where there is none of them', async () => {
    const choose = chooseContainer(createScriptedPrompter([]), [container('n', 'stopped')], stop);
    await expect(choose).rejects.toMatchObject({
      code: 'container.not-found',
      message: 'There is none of your containers to stop: n (stopped).',
    });
  });
});

describe('ds01 alone', () => {
  test('without containers there is one thing to do', async () => {
    expect(await askWish(createScriptedPrompter([]), [])).toBe('new');
  });

  test('a container, and what to do with it', async () => {
    const prompter = createScriptedPrompter(['thesis', 'retire']);
    expect(await askWish(prompter, all)).toEqual(['container', 'retire', 'thesis']);
    expect(prompter.seen[0]).toContain('night (stopped) | plots (running) | a new container');
  });

  test('nothing is an answer', async () => {
    expect(await askWish(createScriptedPrompter(['+leave']), all)).toBe('nothing');
    expect(await askWish(createScriptedPrompter(['night', '+leave']), all)).toBe('nothing');
  });

  test.each(['created', 'running', 'paused', 'stopped'] as const)(
    'a %s container can be retired and left alone; what is likely wanted comes first',
    (state) => {
      const verbs = verbsFor({ state }).map(({ value }) => value);
      expect(verbs).toContain('retire');
      expect(verbs.at(-1)).toBe('+leave');
      expect(verbs[0]).toBe(state === 'paused' ? 'unpause' : 'run');
    },
  );
});
