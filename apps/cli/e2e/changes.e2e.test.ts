import { configWith, failureOf, succeeded, uuidsIn } from '@ds01/e2e';
import { containerOutputSchema, deployOutputSchema } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { canRun, oneOfModes, useSandbox } from './harness/use-sandbox.ts';

const modes = oneOfModes('daemon');
const image = ['--image', 'ds01/busybox'];
const alice = { user: 'alice' };

describe.skipIf(!canRun).each(modes)('another name, other options, $mode', ({ mode, daemon }) => {
  const sandbox = useSandbox({
    name: `changes-${mode}`,
    daemon,
    gpus: 'l40sx2',
    config: configWith(),
  });

  const inside = async (name: string, ...words: string[]): Promise<string> => {
    const outcome = await sandbox().ds01(['container', 'exec', name, '--', ...words], alice);
    return succeeded(outcome).stdout.trim();
  };

  test('a renamed container is itself under its new name, for its neighbours after a restart', async () => {
    const { ds01 } = sandbox();
    const verb = (...words: string[]) => ds01(['container', ...words], alice);
    const serve = ['--', 'httpd', '-f', '-p', '8000', '-h', '/etc'];
    succeeded(await verb('deploy', 'first', ...image, '--json', ...serve));
    succeeded(await verb('deploy', 'friend', ...image, '--cpu-only', '--background'));
    const [before] = sandbox().leases();
    const renamed = succeeded(await verb('rename', 'first', 'second', '--json'));
    expect(renamed.json(containerOutputSchema)).toMatchObject({
      container: { name: 'second', dockerName: 'second._.alice', state: 'running' },
      note: expect.stringContaining('host name stays first'),
    });
    const gone = failureOf(await verb('show', 'first', '--json'));
    expect(gone).toMatchObject({ exitCode: 3, code: 'container.not-found' });
    const again = await verb('deploy', 'second', ...image, '--json', ...serve);
    expect(succeeded(again).json(deployOutputSchema).outcome).toBe('already-running');
    const restarted = succeeded(await verb('restart', 'second', '--force', '--json'));
    expect(restarted.json(containerOutputSchema).container.slots).toHaveLength(1);
    expect(sandbox().leases()).toMatchObject([
      { id: before?.id, state: 'bound', docker_name: 'second._.alice' },
    ]);
    const name = await inside('friend', 'wget', '-qO-', 'http://second:8000/hostname');
    expect(name).toBe('first');
    for (const each of ['second', 'friend']) succeeded(await verb('retire', each, '--force'));
  });

  test('--replace takes the place and the GPU of a container with other options', async () => {
    const { ds01 } = sandbox();
    const words = ['container', 'deploy', 'thesis', ...image, '--json'];
    const first = succeeded(await ds01(words, alice)).json(deployOutputSchema);
    const changed = [...words, '-e', 'EPOCHS=3'];
    const refused = failureOf(await ds01(changed, alice));
    expect(refused).toMatchObject({ exitCode: 4, code: 'container.different-request' });
    const replaced = succeeded(await ds01([...changed, '--replace'], alice));
    const second = replaced.json(deployOutputSchema);
    expect(second.container.id).not.toBe(first.container.id);
    expect(second.lease?.uuids).toEqual(first.lease?.uuids);
    expect(await inside('thesis', 'sh', '-c', 'echo $EPOCHS')).toBe('3');
    expect(await sandbox().docker('ps', '--all', '--format', '{{.Names}}')).toBe('thesis._.alice');
    succeeded(await ds01(['container', 'retire', 'thesis', '--force'], alice));
  });

  test('launch gives a name, the exit code of the command, and leaves nothing', async () => {
    const { ds01 } = sandbox();
    const script = 'nvidia-smi -L; exit 3';
    const words = ['launch', '-i', 'ds01/busybox', '-c', '0.5', '--', 'sh', '-c', script];
    const launched = await ds01(words, alice);
    expect(launched.code).toBe(3);
    expect(uuidsIn(launched.stdout)).toHaveLength(1);
    expect(launched.stderr).toMatch(/\b[a-z]+-[a-z]+ deployed: 0\.5 CPUs/);
    expect(launched.stderr).toMatch(/\b[a-z]+-[a-z]+ retired: GPU \S+ is free again/);
    expect(await sandbox().docker('ps', '--all', '--quiet')).toBe('');
    expect(sandbox().leases()).toEqual([]);
    const none = failureOf(await ds01(['launch', '--json'], alice));
    expect(none).toMatchObject({ exitCode: 2, code: 'usage.invalid' });
  });
});
