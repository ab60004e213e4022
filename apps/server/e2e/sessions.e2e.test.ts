import { readdirSync, readFileSync } from 'node:fs';
import { forwardOutputSchema } from '@ds01/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import { connectorScript } from './harness/connector-script.ts';
import { canRun, useDaemon } from './harness/use-sandbox.ts';

const user = 'alice';
const streamBytes = 256 * 1_048_576;
const roundsOfDrops = 50;
/** Kept-alive connections to the engine, which come and go. */
const idleConnections = 5;

describe.skipIf(!canRun)('processes without a terminal', () => {
  const sandbox = useDaemon({ name: 'sessions', gpus: 'l40sx2' });
  const exec = (...command: readonly string[]) => ['container', 'exec', 'thesis', '--', ...command];
  /** A shell of alice's where `$DS01` is `ds01`. */
  const shell = (script: string) => {
    const { root } = sandbox().host.paths;
    const setting = `DS01="${root}/programs/node ${root}/programs/cli/main.js"`;
    return sandbox().run(['bash', '-c', `${setting}; ${script}`], { user, timeoutMs: 110_000 });
  };
  /** How many processes inside have a command line that begins so. */
  const alive = async (commandLine: string): Promise<number> => {
    const found = await sandbox().ds01(exec('ps', '-o', 'args'), { user });
    return found.stdout.split('\n').filter((line) => line.startsWith(commandLine)).length;
  };

  beforeAll(async () => {
    const words = ['container', 'deploy', 'thesis', '--image', 'ds01/busybox', '--background'];
    const deployed = await sandbox().ds01([...words, '--cpu-only'], { user });
    if (deployed.code !== 0) throw new Error(deployed.stderr);
  });

  test('outputs are apart, the exit code is the process’s, input ends', async () => {
    const { ds01 } = sandbox();
    const both = await ds01(exec('sh', '-c', 'echo out; echo err >&2; exit 7'), { user });
    expect(both).toMatchObject({ code: 7, stdout: 'out\n', stderr: 'err\n' });
    const echoed = await ds01(exec('cat'), { user, stdin: 'in and out\n' });
    expect(echoed).toMatchObject({ code: 0, stdout: 'in and out\n' });
    const killed = await ds01(exec('sh', '-c', 'kill -9 $$'), { user });
    expect(killed.code).toBe(137);
    const missing = await ds01(exec('no-such-program'), { user });
    expect(missing.code).toBeGreaterThan(125);
  });

  test('a process that reads only the beginning ends as it likes', async () => {
    const half = await shell(
      `head -c ${streamBytes} /dev/zero | $DS01 ${exec('head', '-c', '10').join(' ')} | wc -c`,
    );
    expect(half.stdout.trim()).toBe('10');
  });

  test('a reader that leaves ends the command and the process inside', async () => {
    const left = await shell(`$DS01 ${exec('yes', 'word').join(' ')} | head -n 2`);
    expect(left.stdout).toBe('word\nword\n');
    await expect.poll(() => alive('yes word'), { timeout: 5000 }).toBe(0);
  });

  test('a large stream arrives unchanged in each direction', async () => {
    const seeded =
      'openssl enc -aes-128-ctr -K 00112233445566778899aabbccddeeff -iv 00 -in /dev/zero' +
      ` 2>/dev/null | head -c ${streamBytes}`;
    const sum = await shell(`${seeded} | sha256sum`);
    const into = await shell(
      `set -o pipefail; (set +o pipefail; ${seeded}) | $DS01 ${exec('sha256sum').join(' ')}`,
    );
    expect(into).toMatchObject({ code: 0, stderr: '', stdout: sum.stdout });
    const through = `$DS01 ${exec('cat').join(' ')} | sha256sum`;
    const back = await shell(`set -o pipefail; (set +o pipefail; ${seeded}) | ${through}`);
    expect(back).toMatchObject({ code: 0, stderr: '', stdout: sum.stdout });
  });

  test.each([
    ['SIGINT', 'INT'],
    ['SIGTERM', 'TERM'],
  ] as const)('%s reaches the process inside', async (signal, name) => {
    const script = `trap 'echo got ${name}; exit 3' ${name}; echo ready; while :; do sleep 0.1; done`;
    const running = sandbox().startDs01(exec('sh', '-c', script), { user });
    await running.printed('ready');
    running.child.kill(signal);
    const outcome = await running.done;
    expect(outcome).toMatchObject({ code: 3, stdout: `ready\ngot ${name}\n` });
  });

  test('a reader that pauses costs the daemon no memory', async () => {
    const before = residentBytes(sandbox().daemon.pid());
    const printing = exec('head', '-c', String(streamBytes), '/dev/zero').join(' ');
    const slow = shell(`$DS01 ${printing} | (sleep 3; wc -c)`);
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, residentBytes(sandbox().daemon.pid()));
    }, 50);
    const { stdout } = await slow.finally(() => clearInterval(watch));
    expect(Number(stdout)).toBe(streamBytes);
    expect(most - before).toBeLessThan(48 * 1_048_576);
  });

  test('a reader that comes long after the process ended misses nothing', async () => {
    // What the pipes hold when the process ends, and no reader has made room for.
    const fill = 'yes & sleep 1; grep wchar /proc/$!/io >/tmp/written; kill -9 $!';
    const command = exec('sh', '-c', `'${fill}'`).join(' ');
    const read = await shell(`$DS01 ${command} | (sleep 5; wc -c)`);
    const written = await sandbox().ds01(exec('cat', '/tmp/written'), { user });
    expect(written.stdout).toBe(`wchar: ${read.stdout}`);
  });

  test('attaching passes on signals to the main process, and its exit code', async () => {
    const { ds01, startDs01 } = sandbox();
    const script =
      'trap "echo got INT" INT; trap "echo got TERM; exit 5" TERM; while echo tick; do sleep 0.1; done';
    const words = ['container', 'deploy', 'main', '--image', 'ds01/busybox', '--background'];
    const made = await ds01([...words, '--cpu-only', '--', 'sh', '-c', script], { user });
    expect(made.code).toBe(0);
    const attached = [1, 2].map(() => startDs01(['container', 'attach', 'main'], { user }));
    await Promise.all(attached.map(({ printed }) => printed('tick')));
    attached[0]?.child.kill('SIGINT');
    await Promise.all(attached.map(({ printed }) => printed('got INT')));
    attached[1]?.child.kill('SIGTERM');
    for (const { done } of attached) {
      const { code, stdout } = await done;
      expect([code, stdout]).toEqual([5, expect.stringMatching(/got INT\n(tick\n)*got TERM\n$/)]);
    }
    const late = await ds01(['container', 'attach', 'main'], { user });
    expect(late.code).toBe(125);
  });

  test('connections that break leave processes alone and nothing behind', async () => {
    const { daemon, startDs01, ds01 } = sandbox();
    const drop = async (): Promise<void> => {
      const running = startDs01(exec('sh', '-c', 'echo ready; exec sleep 7654'), { user });
      await running.printed('ready');
      running.child.kill('SIGKILL');
      await running.done;
    };
    const before = descriptorsOf(daemon.pid());
    for (let round = 0; round < roundsOfDrops; round += 1) await drop();
    expect(await alive('sleep 7654')).toBe(roundsOfDrops);
    await expect
      .poll(() => descriptorsOf(daemon.pid()), { timeout: 10_000 })
      .toBeLessThanOrEqual(before + idleConnections);
    expect(await ds01(exec('killall', 'sleep'), { user })).toMatchObject({ code: 0 });
    expect(await ds01(exec('echo', 'still here'), { user })).toMatchObject({
      stdout: 'still here\n',
    });
  });

  test('with --rm the container is gone afterwards, whatever the command returned', async () => {
    const { ds01 } = sandbox();
    const words = ['container', 'deploy', 'once', '--image', 'ds01/busybox', '--background'];
    expect((await ds01([...words, '--cpu-only'], { user })).code).toBe(0);
    const run = ['container', 'run', 'once', '--rm', '--', 'sh', '-c', 'echo did it; exit 4'];
    expect(await ds01(run, { user })).toMatchObject({
      code: 4,
      stdout: 'did it\n',
      stderr: expect.stringContaining('once retired'),
    });
    expect((await ds01(['container', 'show', 'once'], { user })).code).toBe(3);
  });

  test('following the logs ends with Ctrl-C and says nothing, and with the container', async () => {
    const { ds01, startDs01 } = sandbox();
    const script = 'echo first; while :; do sleep 0.1; done';
    const words = ['container', 'deploy', 'talker', '--image', 'ds01/busybox', '--background'];
    const made = await ds01([...words, '--cpu-only', '--', 'sh', '-c', script], { user });
    expect(made.code).toBe(0);
    const quit = startDs01(['container', 'logs', '-f', 'talker'], { user });
    await quit.printed('first');
    quit.child.kill('SIGINT');
    expect(await quit.done).toMatchObject({ code: 130, stdout: 'first\n', stderr: '' });
    const last = startDs01(['container', 'logs', '-f', 'talker'], { user });
    await last.printed('first');
    await ds01(['container', 'retire', 'talker', '--yes'], { user });
    expect(await last.done).toMatchObject({ code: 0 });
  });

  describe('a port inside', () => {
    const echo = 'httpd -p 127.0.0.1:8000 -h /workspace; exec nc -ll -p 7000 -e cat';
    const forward = (...ports: readonly string[]) => ['container', 'forward', 'service', ...ports];
    /** Starts a forward of alice's, and says where its ports are on this machine. */
    const forwarded = async (...ports: readonly string[]) => {
      const running = sandbox().startDs01(forward(...ports), { user });
      await running.printed('Ctrl-C');
      return running;
    };
    const connect = (port: string, connections: number, bytes: number, as = user) =>
      sandbox().run(
        [sandbox().programs.node, '-e', connectorScript, port, String(connections), String(bytes)],
        { user: as },
      );

    beforeAll(async () => {
      const words = ['container', 'deploy', 'service', '--image', 'ds01/busybox', '--cpu-only'];
      const none = ['--network', 'none', '--background', '--', 'sh', '-c', echo];
      const made = await sandbox().ds01([...words, ...none], { user });
      if (made.code !== 0) throw new Error(made.stderr);
    });

    test('is reached though it is on localhost only, in a container without a network', async () => {
      const running = await forwarded('8001:8000', '7001:7000');
      const page = await sandbox().run(
        [
          sandbox().programs.node,
          '-e',
          'fetch("http://127.0.0.1:8001/none").then((page) => console.log(page.status))',
        ],
        { user },
      );
      expect(page.stdout).toBe('404\n');
      const many = await connect('7001', 20, 100_000);
      expect(many.stdout).toBe('same\n'.repeat(20));
      const large = await connect('7001', 1, 50 * 1_048_576);
      expect(large.stdout).toBe('same\n');
      running.child.kill('SIGINT');
      expect(await running.done).toMatchObject({
        code: 0,
        stdout:
          'http://127.0.0.1:8001 is port 8000 of service\nhttp://127.0.0.1:7001 is port 7000 of service\n',
      });
    });

    test('is nobody else’s, nor there when nothing listens', async () => {
      const running = await forwarded('7001:7000', '7009:9', '--json');
      expect((await connect('7001', 1, 10, 'bob')).stdout).toBe('0 bytes\n');
      expect((await connect('7009', 2, 10)).stdout).toBe('0 bytes\n0 bytes\n');
      const taken = await sandbox().ds01(forward('7001:7000'), { user });
      expect(taken).toMatchObject({ code: 4, stderr: expect.stringContaining('0:7000') });
      expect((await sandbox().ds01(forward('7002:7000'), { user: 'bob' })).code).toBe(3);
      running.child.kill('SIGINT');
      const { stderr, json } = await running.done;
      expect(json(forwardOutputSchema).forwards).toEqual([
        { port: 7000, localPort: 7001, url: 'http://127.0.0.1:7001' },
        { port: 9, localPort: 7009, url: 'http://127.0.0.1:7009' },
      ]);
      expect(stderr).toContain('refused a connection to port 7000 that is not yours');
      expect(stderr.match(/Nothing listens on port 9 inside/g)).toHaveLength(1);
    });

    test('is gone with its container, which the command says', async () => {
      const running = await forwarded('7001:7000');
      await sandbox().ds01(['container', 'stop', 'service', '-t', '0', '--yes'], { user });
      const { code, stderr } = await running.done;
      expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining('not running') });
      expect((await sandbox().ds01(forward('7001:7000'), { user })).code).toBe(4);
    });
  });
});

function residentBytes(pid: number): number {
  const text = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) * 1024;
}

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${String(pid)}/fd`).length;
}
