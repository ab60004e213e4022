import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTree, isRoot, type Tree } from './fixture.ts';
import { outputOfProgram } from './program.ts';

describe.skipIf(!isRoot())('a program run as a person', () => {
  let tree: Tree;
  beforeEach(() => {
    tree = createTree();
  });
  afterEach(() => tree[Symbol.dispose]());

  const run = async (program: string, parameters: readonly string[], input = '') => {
    const limits = { maxBytes: 1000, timeoutMs: 10_000 };
    const output = await outputOfProgram({
      account: tree.alice,
      program,
      parameters,
      input,
      ...limits,
    });
    return output.toString('utf8');
  };

  test('has their ids and home, and reads what it is given', async () => {
    expect(await run('id', ['-u'])).toBe(`${tree.alice.uid}\n`);
    expect(await run('cat', [], 'asked')).toBe('asked');
    expect(await run('sh', ['-c', 'echo "$HOME"'])).toBe(`${tree.alice.home}\n`);
  });

  test('has nothing of this process’s environment', async () => {
    process.env['DS01_TEST_CANARY'] = 'canary';
    try {
      expect(await run('env', [])).not.toContain('canary');
    } finally {
      delete process.env['DS01_TEST_CANARY'];
    }
  });

  test('is a word, never a part of a shell line', async () => {
    expect(await run('echo', ['$(id)', '; id'])).toBe('$(id) ; id\n');
    await expect(run('no-such-program; true', [])).rejects.toMatchObject({
      code: 'internal.unexpected',
    });
  });

  test('that fails shows its errors, and nothing of what it printed', async () => {
    const failing = run('sh', ['-c', 'echo canary; echo reason >&2; exit 3']);
    await expect(failing).rejects.toThrow(/^(?!.*canary).*reason/s);
  });
});
