import { containersOutputSchema, deployOutputSchema, errorOutputSchema } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { canRun, useDaemon } from './harness/use-sandbox.ts';

const image = ['--image', 'ds01/busybox', '--background', '--json'];

describe.skipIf(!canRun)('several people and one daemon', () => {
  const sandbox = useDaemon({ name: 'people', gpus: 'a100x4-mig' });

  test.each(['alice', 'h.baker@example.org', '204214'])(
    '%s gets a container of their own through the daemon',
    async (user) => {
      const { ds01 } = sandbox();
      const words = ['container', 'deploy', 'thesis', ...image];
      const deployed = await ds01(words, { user });
      expect(deployed.stderr).not.toContain('error');
      expect(deployed.json(deployOutputSchema)).toMatchObject({
        outcome: 'created',
        container: { user, state: 'running', interface: 'orchestration' },
      });
      const id = await ds01(['container', 'exec', 'thesis', '--', 'id', '-u'], { user });
      expect(id.code).toBe(0);
      const outside = await sandbox().run(['id', '-u'], { user });
      expect(id.stdout).toBe(outside.stdout);
    },
  );

  test('nobody sees or reaches what is another’s', async () => {
    const { ds01 } = sandbox();
    const bob = { user: 'bob' };
    const listed = await ds01(['container', 'list', '--all', '--json'], bob);
    expect(listed.json(containersOutputSchema).containers).toEqual([]);
    const stopped = await ds01(['container', 'stop', 'thesis', '--json'], bob);
    expect(stopped).toMatchObject({ code: 3 });
    expect(stopped.json(errorOutputSchema).error.code).toBe('container.not-found');
    const everybody = await ds01(['container', 'list', '--all-users'], bob);
    expect(everybody.code).toBe(7);
  });

  test('root sees everybody’s and may act for others', async () => {
    const { ds01 } = sandbox();
    const listed = await ds01(['container', 'list', '--all-users', '--json']);
    const users = listed.json(containersOutputSchema).containers.map(({ user }) => user);
    expect(users.map(String).toSorted()).toEqual(['204214', 'alice', 'h.baker@example.org']);
    const retired = await ds01(['container', 'retire', 'thesis', '--yes'], { actFor: 'alice' });
    expect(retired).toMatchObject({ code: 0 });
  });

  test('the engine, the ledger and other people’s files are nobody’s to open', async () => {
    const { host, run } = sandbox();
    const reads = [
      ['cat', `${host.paths.stateDirectory}/ds01.db`],
      ['cat', `${host.paths.stateDirectory}/signing.key`],
      ['ls', `${host.paths.engineDirectory}/grants`],
      ['ls', '/home/bob'],
    ];
    for (const words of reads) {
      const outcome = await run(words, { user: 'alice' });
      expect({ words, stdout: outcome.stdout, fails: outcome.code !== 0 }).toEqual({
        words,
        stdout: '',
        fails: true,
      });
    }
  });
});
