import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { endChild, outputOf, startScript } from './child.ts';
import { inventedAccount, isRoot } from './fixture.ts';

describe.skipIf(!isRoot())('a script run as a person', () => {
  async function outcome(text: string, ...parameters: readonly string[]): Promise<string> {
    const child = startScript(inventedAccount('alice', 54_321), { text, parameters });
    try {
      child.stdin?.end();
      const output = await outputOf(child, () => false, { subject: 'the script', timeoutMs: 5000 });
      return output.toString('utf8');
    } finally {
      endChild(child);
    }
  }

  test('has the person’s ids and groups, and no capability nor a way to one', async () => {
    const status = await outcome('cat /proc/self/status');
    for (const line of [
      'Uid:\t54321\t54321\t54321\t54321',
      'Gid:\t54321\t54321\t54321\t54321',
      'Groups:\t54321 60001 ',
      'CapInh:\t0000000000000000',
      'CapPrm:\t0000000000000000',
      'CapEff:\t0000000000000000',
      'CapAmb:\t0000000000000000',
      'NoNewPrivs:\t1',
    ]) {
      expect(status.split('\n')).toContain(line);
    }
  });

  test('gets nothing of this process: no environment, no descriptor, no folder', () => {
    const module = JSON.stringify(new URL('./child.ts', import.meta.url).href);
    const source = `
      import { startScript } from ${module};
      const text = 'env; pwd; for fd in 3 9 30; do readlink /proc/$$/fd/$fd; done';
      const account = ${JSON.stringify(inventedAccount('alice', 54_321))};
      startScript(account, { text, parameters: [] }).stdout.pipe(process.stdout);`;
    // Node closes what it was left with at a start of a program, but not that far up.
    const { stdout } = spawnSync(
      'bash',
      [
        '-c',
        'exec 9</etc/shadow 30</etc/shadow "$1" --conditions=@ds01/source --input-type=module -e "$2"',
        'bash',
        process.execPath,
        source,
      ],
      { encoding: 'utf8', env: { ...process.env, DS01_TEST_SECRET: 'x' } },
    );
    const lines = stdout.split('\n').filter((line) => !/^(?:PATH|LC_ALL|PWD)=/.test(line));
    expect(new Set(lines)).toEqual(new Set(['/', '/dev/null', '']));
  });

  test('takes parameters as they are', async () => {
    const odd = `$(id) \`id\` '"; id; \\ -n *`;
    expect(await outcome('printf %s "$1"', odd)).toBe(odd);
  });

  test('is ended, with what it started, when it takes too long', async () => {
    const child = startScript(inventedAccount('alice', 54_321), {
      text: 'sleep 1000 & echo; wait',
      parameters: [],
    });
    const wait = { subject: 'the script', timeoutMs: 5000 };
    await outputOf(child, (bytes) => bytes.includes('\n'), wait);
    const late = outputOf(child, () => false, { ...wait, timeoutMs: 10 });
    await expect(late).rejects.toMatchObject({ code: 'operation.timed-out' });
    const closed = new Promise((resolve) => child.on('close', resolve));
    endChild(child);
    // The output closes when the last process that holds it is gone: the one that sleeps.
    await closed;
    expect(child.signalCode).toBe('SIGKILL');
  });

  test('can be interrupted', async () => {
    const child = startScript(null, { text: 'read -r _', parameters: [] });
    const controller = new AbortController();
    const wait = outputOf(child, () => false, { subject: 'it', signal: controller.signal });
    controller.abort();
    await expect(wait).rejects.toMatchObject({ code: 'operation.interrupted' });
    endChild(child);
  });
});
