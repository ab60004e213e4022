import { configWith } from '@ds01/e2e';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTerminal, type Terminal } from './harness/terminal.ts';
import { canRun, useDaemon } from './harness/use-sandbox.ts';

const down = '\x1b[B';
const ctrlC = '\x03';

/** Keys that are typed, and what the screen shows then. */
type Step = readonly [keys: string, screen: string];

/**
 * Somebody who has never read anything about DS01, and types `ds01`. Each line is what they type, and
 * what they then see.
 */
const firstTime: readonly Step[] = [
  ['ds01\r', 'You have no container yet. A few questions make one; Ctrl-C leaves.'],
  ['', 'Which image?'],
  ['', 'ds01/busybox'],
  ['\r', 'What shall it be called?'],
  ['My thesis!\r', 'How about my-thesis?'],
  ['thesis\r', 'Which GPU?'],
  ['', 'the largest that is free'],
  ['\r', 'And then?'],
  ['', 'open a shell in it'],
  ['\r', 'ds01 container deploy thesis --image ds01/busybox --open'],
  ['', 'Took 0 (whole GPU)'],
  ['', 'thesis deployed'],
  // In the container, at work.
  ['', 'alice@thesis:/workspace$ '],
  ['ds01-help\r', 'your files; they stay'],
  ['gpu -L\r', 'GPU 0: NVIDIA L40S'],
  ['echo 0.93 > accuracy.txt; ls\r', 'accuracy.txt'],
  ['exit\r', 'thesis keeps running'],
  ['', 'ds01 container retire thesis'],
  // The next day.
  ['ds01\r', 'What do you want?'],
  ['', 'thesis (running, GPU 0)'],
  ['\r', 'open a shell in it'],
  [down, 'its GPU is kept for a while'],
  [down, 'you are done: it goes, your files stay'],
  ['\r', 'ds01 container retire thesis'],
  [
    '',
    'Retire thesis? What was installed in it goes; your files stay in /home/alice/workspace/thesis. [y/N]',
  ],
  ['y\r', 'thesis retired: GPU 0 is free again'],
  ['', 'your files stay in /home/alice/workspace/thesis'],
];

describe.skipIf(!canRun)('somebody who only knows the word ds01', () => {
  const sandbox = useDaemon({
    name: 'first-time',
    gpus: 'l40sx2',
    config: configWith({ max_containers_per_user: 3 }),
  });
  let terminal: Terminal;
  beforeEach(async () => {
    terminal = await openTerminal(sandbox(), 'alice');
  });
  afterEach(async () => {
    await terminal.close();
    if ((await sandbox().docker('ps', '--all', '--quiet')) === '') return;
    await sandbox().ds01(['container', 'retire', '--all', '--yes'], { user: 'alice' });
  });

  test('deploys, works and retires', async () => {
    for (const [keys, screen] of firstTime) {
      terminal.type(keys);
      await terminal.shows(screen);
    }
    await terminal.back();
    const kept = await sandbox().run(['cat', '/home/alice/workspace/thesis/accuracy.txt']);
    expect(kept.stdout).toBe('0.93\n');
    expect(await terminal.ask('ds01 container list --all')).toContain('no containers');
    expect(
      sandbox()
        .leases()
        .filter(({ state }) => state !== 'released'),
    ).toEqual([]);
  });

  test('the limits are written down in the home, by the person alone', async () => {
    expect(await terminal.ask('ds01 check-limits')).toMatch(/Containers \[\.+\] 0 of \d+/);
    const file = await sandbox().run([
      'sh',
      '-c',
      'cd /home/alice; stat -c "%U %a" .ds01-limits; cat .ds01-limits',
    ]);
    expect(file.stdout).toMatch(/^alice 644\n# Limits of alice [^]*^Max Containers: \d+$/m);
    const others = await sandbox().run(['sh', '-c', 'ls -A /home/bob /root | grep ds01-limits']);
    expect(others.stdout).toBe('');
  });

  test('at login a few lines tell how things are, at once', async () => {
    const since = performance.now();
    const said = await terminal.ask('ds01 motd');
    expect(performance.now() - since).toBeLessThan(1000);
    expect(said).toBe('DS01: 2 GPUs free, begin with: ds01');
  });

  test('--guided explains, waits, does it, and says what comes next', async () => {
    const { ask, back, shows, type } = terminal;
    type('ds01 image list --guided\r');
    await shows('An image is what a container is made from');
    await shows('Press Enter to go on');
    type('\r');
    await shows('ds01/busybox');
    await shows('What now');
    await back();
    type('ds01 container create careful --image ds01/busybox --cpu-only --guided\r');
    await shows('Press Enter to go on');
    type(ctrlC);
    await back();
    expect(await ask('echo code=$?')).toContain('code=130');
    expect(await sandbox().docker('ps', '--all', '--quiet')).toBe('');
  });

  test('Ctrl-C leaves any question with nothing made', async () => {
    const { ask, back, shows, type } = terminal;
    const questions = ['Which image?', 'What shall it be called?', 'Which GPU?', 'And then?'];
    for (const [index] of questions.entries()) {
      type('ds01 container deploy\r');
      for (const question of questions.slice(0, index)) {
        await shows(question);
        type('\r');
      }
      await shows(questions[index] ?? '');
      type(ctrlC);
      await back();
      expect(await ask('echo code=$?')).toContain('code=130');
    }
    type('ds01 launch\r');
    await shows('Which image?');
    type(ctrlC);
    await back();
    expect(await sandbox().docker('ps', '--all', '--quiet')).toBe('');
  });

  test('a verb without a name asks which container, and leaves the others alone', async () => {
    const { ask, back, shows, type } = terminal;
    for (const name of ['one', 'two']) {
      await ask(`ds01 container deploy ${name} --image ds01/busybox --cpu-only --background`);
    }
    type('ds01 container stop\r');
    await shows('Stop which container?');
    type(`${down}\r`);
    await back();
    const listed = await ask('ds01 container list --all');
    expect(listed.match(/running|stopped/g)?.toSorted()).toEqual(['running', 'stopped']);
  });

  test('a login goes on where the daemon is away', async () => {
    await sandbox().daemon.stop();
    const { code, stdout } = await sandbox().ds01(['motd'], { user: 'alice' });
    expect({ code, stdout }).toMatchObject({ code: 0 });
    await sandbox().daemon.start();
  });

  test('without a terminal it says how it is used, and asks nothing', async () => {
    const { code, stderr } = await sandbox().ds01([], { user: 'alice' });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage') });
    const deploy = await sandbox().ds01(['container', 'deploy'], { user: 'alice' });
    expect(deploy.code).toBe(2);
  });
});
