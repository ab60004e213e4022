import { deployOutputSchema } from '@ds01/contracts';
import { configWith, succeeded } from '@ds01/e2e';
import { describe, expect, test } from 'vitest';
import { canRun, useSandbox } from './harness/use-sandbox.ts';

const deploy = (name: string) => ['container', 'deploy', name, '--image', 'ds01/busybox'];
const wait = (name: string, ...more: readonly string[]) => [
  ...deploy(name),
  '--background',
  '--wait=5m',
  ...more,
];

describe.skipIf(!canRun)('waiting for a GPU', () => {
  const sandbox = useSandbox({ name: 'waits', daemon: true, gpus: 'a100x1', config: configWith() });

  test('survives a restart of the daemon, is left by Ctrl-C, and ends with a GPU', async () => {
    const { daemon, ds01, startDs01 } = sandbox();
    if (daemon === null) throw new Error('there is no daemon');
    succeeded(await ds01([...deploy('thesis'), '--background'], { user: 'alice' }));
    const bob = startDs01(wait('night', '--json'), { user: 'bob' });
    await bob.printed('place 1 of 1');
    const carol = startDs01(wait('paper'), { user: 'carol' });
    await carol.printed('place 2 of 2');

    await daemon.stop();
    await carol.printed('your place is kept');
    await daemon.start();
    await carol.printed('the daemon is back: place 2 of 2');

    carol.child.kill('SIGINT');
    const left = await carol.done;
    expect(left).toMatchObject({ code: 130, stdout: '' });
    expect(left.stderr).toContain('You left the queue, where you were at place 2.');

    succeeded(await ds01(['container', 'retire', 'thesis', '--yes'], { user: 'alice' }));
    const granted = await bob.done;
    expect(granted.stderr).toMatch(/your turn after \S+/);
    const { container } = succeeded(granted).json(deployOutputSchema);
    expect(container).toMatchObject({ name: 'night', slots: ['0'], state: 'running' });
  });
});
