import { expect, test } from 'vitest';
import { runCommand } from './run-command.ts';

test('a command that Ctrl-C ended is an interruption, not a result', async () => {
  await expect(runCommand('sh', ['-c', 'kill -s INT $$'])).rejects.toMatchObject({ exitCode: 130 });
});

test('a command that another signal ended has a result', async () => {
  await expect(runCommand('sh', ['-c', 'kill -s TERM $$'])).resolves.toMatchObject({
    exitCode: 128,
  });
});
