import { sessionsOutputSchema } from '@ds01/contracts';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { requestOf, sendAs } from './harness/callers.ts';
import { openTerminal, type Terminal } from './harness/terminal.ts';
import { canRun, useDaemon } from './harness/use-sandbox.ts';

const user = 'alice';
const ctrlC = '\x03';
const leave = '\x10\x11';
const prompt = 'alice@thesis:/workspace$ ';

describe.skipIf(!canRun)('a shell that goes on', () => {
  const sandbox = useDaemon({ name: 'held', gpus: 'none' });
  let terminal: Terminal | null = null;

  beforeAll(async () => {
    const words = ['container', 'deploy', 'thesis', '--image', 'ds01/busybox', '--background'];
    const deployed = await sandbox().ds01([...words, '--cpu-only'], { user });
    if (deployed.code !== 0) throw new Error(deployed.stderr);
  });
  afterEach(async () => {
    await terminal?.close();
    terminal = null;
  });
  const open = async (): Promise<Terminal> => {
    terminal = await openTerminal(sandbox(), user);
    return terminal;
  };
  /** What the daemon says of the sessions that it holds. */
  const states = async (): Promise<readonly string[]> => {
    const request = requestOf('containers.sessions', { name: 'thesis' });
    const [answer] = await sendAs(sandbox(), user, [request]);
    const { sessions } = sessionsOutputSchema.parse(JSON.parse(answer?.body ?? ''));
    return sessions.map(({ state }) => state);
  };

  test('a shell whose command is killed goes on, and `run` goes back to it', async () => {
    const { ask, back, type, shows, settings } = await open();
    const connections = async (): Promise<number> => {
      const { stdout } = await sandbox().run(['cat', '/proc/net/unix']);
      const path = sandbox().daemon.socketPath;
      const accepted = '00000000 0001 03';
      return stdout.split('\n').filter((line) => line.includes(accepted) && line.endsWith(path))
        .length;
    };
    type('ds01 container run thesis\r');
    await shows(prompt);
    type("echo before''the loss\r");
    await shows('beforethe loss');
    type('sh -c "echo as\'\'leep; exec sleep 3456"\r');
    await shows('asleep');
    expect(await connections()).toBeGreaterThan(0);
    await sandbox().run(['pkill', '-KILL', '-u', user, '-f', 'container run thesis'], {});
    await back();
    await expect.poll(connections).toBe(0);
    // Nobody was left to make the terminal as it was.
    type('stty sane -echo\n');
    await back();
    const before = settings();
    expect(await ask('ds01 container exec thesis -- ps -o args')).toContain('sleep 3456');
    type('ds01 container run thesis\r');
    const seen = await shows('asleep');
    expect(seen).toMatch(
      /back in your session of \d\d:\d\d, left at \d\d:\d\d; --new opens another/,
    );
    expect(seen).toContain('beforethe loss');
    type(ctrlC);
    await shows(prompt);
    type('exit 7\r');
    await back();
    expect(await ask('echo code=$?')).toContain('code=7');
    expect(settings()).toBe(before);
  });

  test('a session at another terminal is left alone, unless it is taken over', async () => {
    const first = await open();
    first.type('ds01 container run thesis\r');
    await first.shows(prompt);
    const second = await openTerminal(sandbox(), user);
    try {
      second.type('ds01 container run thesis\r');
      expect(await second.shows(prompt)).toContain('--take-over brings it here');
      second.type('exit\r');
      await second.back();
      second.type('ds01 container run thesis --take-over\r');
      await second.shows(prompt);
      expect(await first.back()).toContain('goes on at another terminal');
      expect(await first.ask('echo code=$?')).toContain('code=125');
      second.type('exit\r');
      await second.back();
    } finally {
      await second.close();
    }
  });

  test('how a session ended that was left is told once', async () => {
    const { ask, back, type, shows } = await open();
    const wait = 'while [ ! -e /tmp/go ]; do sleep 0.05; done; echo finished; exit 3';
    type(`ds01 container run thesis -- sh -c 'echo ready; ${wait}'\r`);
    await shows('ready');
    type(leave);
    await back();
    await ask('ds01 container exec thesis -- touch /tmp/go');
    await expect.poll(states).toEqual(['ended']);
    type('ds01 container run thesis\r');
    const seen = await shows(prompt);
    expect(seen).toMatch(/ended at \d\d:\d\d with exit code 3; it said last:\s+ready\s+finished/);
    type('exit\r');
    await back();
    expect(await states()).toEqual([]);
  });

  test('what prints goes on after the daemon’s restart, and it is said what is left of it', async () => {
    const { ask, back, type, shows } = await open();
    const ticks = async (): Promise<number> => {
      const words = ['container', 'exec', 'thesis', '--', 'wc', '-c', '/tmp/ticks'];
      return Number.parseInt((await sandbox().ds01(words, { user })).stdout, 10);
    };
    const tick = 'while [ ! -e /tmp/stop ]; do echo tick; echo >> /tmp/ticks; sleep 0.02; done';
    // One that is held, and one whose terminal is gone for good.
    type(`ds01 container exec thesis -- sh -c '${tick}'\r`);
    await shows('tick');
    await sandbox().run(['pkill', '-KILL', '-u', user, '-f', 'container exec thesis'], {});
    await back();
    type('stty sane -echo\n');
    await back();
    type(`ds01 container run thesis -- sh -c '${tick}'\r`);
    await shows('tick');
    type(leave);
    await back();
    await sandbox().daemon.stop();
    await sandbox().daemon.start();
    const before = await ticks();
    await expect.poll(ticks, { timeout: 8000 }).toBeGreaterThan(before + 20);
    type('ds01 container run thesis\r');
    expect(await shows(prompt)).toMatch(/the daemon was restarted.*ds01 container top thesis/);
    type('ps -o args | grep -c "[w]hile"; touch /tmp/stop; exit\r');
    expect(await back()).toMatch(/^2\r?$/m);
    expect(await states()).toEqual([]);
    expect(await ask('echo code=$?')).toContain('code=0');
  });

  test('nobody may have more than a few sessions in a container', async () => {
    const input = { name: 'thesis', command: ['sleep', '1000'], tty: true, stdin: true };
    const exec = requestOf('containers.exec', { ...input, size: null, keep: true });
    const answers = await sendAs(
      sandbox(),
      user,
      Array.from({ length: 9 }, () => exec),
    );
    expect(answers.map(({ status }) => status)).toEqual([...Array(8).fill(101), 429]);
    expect(answers.at(-1)?.body).toContain('session.too-many');
    await sandbox().ds01(['container', 'exec', 'thesis', '--', 'killall', 'sleep'], { user });
    await expect.poll(states).toEqual(Array(5).fill('ended'));
  });
});
