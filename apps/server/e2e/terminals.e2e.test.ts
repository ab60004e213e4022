import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeEditorsImage } from './harness/editors-image.ts';
import { openTerminal, type Terminal } from './harness/terminal.ts';
import { canRun, useDaemon } from './harness/use-sandbox.ts';

const user = 'alice';
const ctrlC = '\x03';
const ctrlD = '\x04';
const leave = '\x10\x11';
const escape = '\x1b';

describe.skipIf(!canRun)('a terminal in a container', () => {
  const sandbox = useDaemon({ name: 'terminals', gpus: 'l40sx2' });
  let terminal: Terminal | null = null;

  beforeAll(async () => {
    const image = await makeEditorsImage(sandbox());
    const words = ['container', 'deploy', 'thesis', '--image', image, '--background', '--cpu-only'];
    const deployed = await sandbox().ds01(words, { user });
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

  test('a shell: exit code, Ctrl-C, and the terminal as it was', async () => {
    const { ask, back, type, shows, settings } = await open();
    const before = settings();
    type('ds01 container run thesis\r');
    await shows('alice@thesis:/workspace$ ');
    expect(settings()).toContain('-icanon');
    // Shown once the shell has given the terminal to it.
    type('sh -c "echo as\'\'leep; exec sleep 1000"\r');
    await shows('asleep');
    type(ctrlC);
    await shows('alice@thesis:/workspace$ ');
    type('echo interrupted=$?\r');
    await shows('interrupted=130');
    type('exit 7\r');
    await back();
    expect(await ask('echo code=$?')).toContain('code=7');
    expect(settings()).toBe(before);
  });

  test('the size is there from the start and follows the window', async () => {
    const { back, type, shows, resize } = await open();
    resize({ columns: 91, rows: 31 });
    const follow = [
      'import os, signal',
      'show = lambda *_: print("%dx%d" % os.get_terminal_size(), flush=True)',
      'signal.signal(signal.SIGWINCH, show)',
      'show()',
      'while True: signal.pause()',
    ];
    type(`ds01 container exec thesis -- python3 -c '${follow.join('\n')}'\r`);
    await shows('91x31');
    resize({ columns: 120, rows: 40 });
    await shows('120x40');
    resize({ columns: 77, rows: 22 });
    await shows('77x22');
    type(ctrlC);
    await back();
  });

  test('vim edits and saves a file', async () => {
    const { ask, back, type, shows, settings } = await open();
    const before = settings();
    type('ds01 container exec thesis -- vim.tiny -u NONE notes.txt\r');
    await shows('notes.txt');
    type('ione line, ümläut');
    await shows('ümläut');
    type(`${escape}:wq\r`);
    await back();
    expect(await ask('echo code=$?')).toContain('code=0');
    expect(await ask('ds01 container exec thesis -- cat notes.txt')).toContain('one line, ümläut');
    expect(settings()).toBe(before);
  });

  test('top draws its screen again and again, and ends with q', async () => {
    const { ask, back, type, shows } = await open();
    type('ds01 container exec thesis -- top -d 0.3\r');
    await shows('Tasks:');
    await shows('Tasks:');
    type('q');
    await back();
    expect(await ask('echo code=$?')).toContain('code=0');
  });

  test('htop takes the whole screen, takes keys, and gives the screen back', async () => {
    const { ask, back, type, shows } = await open();
    type('TERM=xterm ds01 container exec thesis -- htop\r');
    await shows('\x1b[?1049h');
    await shows('Tasks');
    type('h');
    await shows('Released under the GNU');
    type('q');
    await shows('Tasks');
    type('q');
    expect(await back()).toContain('\x1b[?1049l');
    expect(await ask('echo code=$?')).toContain('code=0');
  });

  test('a Python REPL: answers, Ctrl-C is KeyboardInterrupt, Ctrl-D ends it', async () => {
    const { ask, back, type, shows } = await open();
    type('ds01 container exec thesis -- python3 -q\r');
    await shows('>>> ');
    type('40 + 2\r');
    await shows('42');
    type('import time; print("as" + "leep"); time.sleep(1000)\r');
    await shows('asleep');
    type(ctrlC);
    await shows('KeyboardInterrupt');
    await shows('>>> ');
    type('"fine" * 2\r');
    await shows("'finefine'");
    type(ctrlD);
    await back();
    expect(await ask('echo code=$?')).toContain('code=0');
  });

  test('what is typed and shown is not changed: eight bits, and letters of any script', async () => {
    const { ask, back, type, shows } = await open();
    type(
      "ds01 container exec thesis -- sh -c 'stty raw -echo; echo ready; head -c 6 | od -An -tx1'\r",
    );
    await shows('ready');
    type(Uint8Array.of(0x00, 0xff, 0x80, 0x0d, 0x1a, 0x7f));
    await shows('00 ff 80 0d 1a 7f');
    await back();
    expect(await ask('ds01 container exec thesis -- printf "日本語 \\342\\202\\254"')).toContain(
      '日本語 €',
    );
  });

  test('a signal to the command leaves the process alone and the terminal as it was', async () => {
    const { ask, back, type, shows, settings } = await open();
    const before = settings();
    type('ds01 container exec thesis -- sh -c "echo ready; exec sleep 4321"\r');
    await shows('ready');
    await sandbox().run(['pkill', '-TERM', '-u', user, '-f', 'container exec thesis'], {});
    await back();
    expect(await ask('echo code=$?')).toContain('code=143');
    expect(settings()).toBe(before);
    expect(await ask('ds01 container exec thesis -- pgrep -f "sleep 4321"')).toMatch(/\d+/);
    await ask('ds01 container exec thesis -- pkill -f "sleep 4321"');
  });

  test('Ctrl-P Ctrl-Q leaves a full-screen program, which draws itself anew later', async () => {
    const { ask, back, type, shows, settings, resize } = await open();
    const before = settings();
    type('TERM=xterm ds01 container run thesis -- htop\r');
    await shows('Tasks');
    type(leave);
    const left = await back();
    expect(left).toContain('\x1b[?1049l');
    expect(left).toContain('back to it with: ds01 container run thesis');
    expect(await ask('echo code=$?')).toContain('code=0');
    expect(settings()).toBe(before);
    resize({ columns: 100, rows: 30 });
    type('ds01 container run thesis\r');
    const seen = await shows('\x1b[?1049h');
    expect(seen).toContain('back in your session (htop)');
    await shows('Tasks');
    type('q');
    expect(await back()).toContain('\x1b[?1049l');
    expect(await ask('echo code=$?')).toContain('code=0');
  });

  test('a daemon that dies gives a reason and 125, the process inside lives on', async () => {
    const { ask, back, type, shows, settings } = await open();
    const before = settings();
    for (const end of ['kill', 'stop'] as const) {
      type('ds01 container exec thesis -- sh -c "echo ready; exec sleep 5432"\r');
      await shows('ready');
      await sandbox().daemon[end]();
      await shows('the process inside goes on');
      await back();
      expect(await ask('echo code=$?')).toContain('code=125');
      expect(settings()).toBe(before);
      await sandbox().daemon.start();
    }
    const alive = await ask('ds01 container exec thesis -- pgrep -c -f "^sleep 5432"');
    expect(alive).toContain('2');
    await ask('ds01 container exec thesis -- pkill -f "sleep 5432"');
  });

  test('attaching connects with the main process until Ctrl-P Ctrl-Q', async () => {
    const { ask, back, type, shows, settings } = await open();
    const before = settings();
    type('ds01 container attach thesis\r');
    await shows('Ctrl-P Ctrl-Q');
    type('\rexpr 41 + 1\r');
    await shows('42');
    type('\x10\x11');
    await back();
    expect(await ask('echo code=$?')).toContain('code=0');
    expect(settings()).toBe(before);
    expect(await ask('ds01 container list')).toContain('running');
  });

  test('the end of an attached main process is the end of the command, with its exit code', async () => {
    const { ask, back, type, shows } = await open();
    type('ds01 container attach thesis\r');
    await shows('Ctrl-P Ctrl-Q');
    type('\rexpr 40 + 3; exit 9\r');
    await shows('43');
    await back();
    expect(await ask('echo code=$?')).toContain('code=9');
    const started = await sandbox().ds01(['container', 'start', 'thesis'], { user });
    expect(started.code).toBe(0);
  });

  test('the end of the container ends the session', async () => {
    const { ask, back, type, shows, settings } = await open();
    const before = settings();
    type('ds01 container exec thesis -- sh -c "echo ready; exec sleep 6543"\r');
    await shows('ready');
    const stopped = await sandbox().ds01(['container', 'stop', 'thesis', '--yes'], { user });
    expect(stopped.code).toBe(0);
    await back();
    expect(await ask('echo code=$?')).toContain('code=137');
    expect(settings()).toBe(before);
  });
});
