import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { slugOf, usernameSchema } from '@ds01/contracts';
import type { HostAccount } from '@ds01/ports';
import { afterEach, describe, expect, test } from 'vitest';
import { createTerminals, terminalText } from './terminals.ts';

/** Only root can become somebody else. */
function isRoot(): boolean {
  const root = process.getuid?.() === 0;
  if (!root && process.env['CI'] === 'true') throw new Error('CI must run these tests as root');
  if (!root) process.stderr.write('skipped: only root can act for others\n');
  return root;
}

function account(name: string, uid: number): HostAccount {
  const user = usernameSchema.parse(name);
  return { name: user, slug: slugOf(user), uid, gid: uid, groupIds: [uid], home: '/nonexistent' };
}

const alice = account('alice', 54_331);

describe.skipIf(!isRoot())('terminals of a person', () => {
  const opened: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of opened.splice(0)) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    }
  });

  /**
   * A terminal that belongs to somebody, as login(1) leaves it: script(1) makes one, its owner is
   * changed, and `read` is what script copies of it.
   */
  async function login(uid: number) {
    const inside = `chown ${uid} "$(tty)"; stty -echo; echo "at $(tty) ready"; exec sleep 1000`;
    const child = spawn('script', ['-qfc', inside, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'] ?? '', SHELL: '/bin/sh' },
    });
    opened.push(child);
    let seen = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
      child.emit('seen');
    });
    const read = async (text: string): Promise<string> => {
      while (!seen.includes(text)) await once(child, 'seen');
      return seen;
    };
    const device = /at (\S+) ready/.exec(await read('ready'))?.[1] ?? '';
    const stop = async (): Promise<void> => {
      child.stdin?.write('\u0013');
      await stopped(device);
    };
    return { read, stop };
  }

  /** The kernel takes nothing for a terminal that is stopped. */
  async function stopped(device: string): Promise<void> {
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
    const descriptor = openSync(device, O_WRONLY | O_NONBLOCK | O_NOCTTY);
    try {
      for (;;) {
        writeSync(descriptor, '.');
        await setImmediate();
      }
    } catch (error) {
      expect(error).toMatchObject({ code: 'EAGAIN' });
    } finally {
      closeSync(descriptor);
    }
  }

  test('show a message on each of them, and nobody else’s do', async () => {
    const [first, second] = [await login(alice.uid), await login(alice.uid)];
    const others = await login(54_332);
    const terminals = createTerminals();
    expect(await terminals.write(alice, 'thesis will be stopped\nsoon\n')).toBe(2);
    for (const terminal of [first, second]) {
      expect(await terminal.read('soon')).toContain('thesis will be stopped\r');
    }
    expect(await terminals.write(account('bob', 54_332), 'for bob\n')).toBe(1);
    expect(await others.read('for bob')).not.toContain('thesis');
    expect(await terminals.owners()).toEqual(expect.arrayContaining([54_331, 54_332]));
  });

  test('that are stopped (^S) keep nobody waiting', async () => {
    const stuck = await login(alice.uid);
    await stuck.stop();
    const open = await login(alice.uid);
    expect(await createTerminals().write(alice, 'hello\n')).toBe(1);
    expect(await open.read('hello')).toContain('hello');
  });

  test('are none for somebody who is not logged in', async () => {
    expect(await createTerminals().write(account('carol', 54_333), 'hello\n')).toBe(0);
  });
});

describe('text for terminals', () => {
  test.each([
    ['escape sequences', '\u001b[2J\u001b]0;title\u0007x', '[2J]0;titlex'],
    ['one-byte control sequences', 'a\u009b31mb', 'a31mb'],
    ['carriage returns and backspaces', 'safe\r\b\bevil', 'safeevil'],
    ['marks that turn the writing around', 'a\u202egnp.exe\u2066', 'agnp.exe'],
    ['line separators of Unicode', 'a\u2028b', 'ab'],
  ])('has no %s', (_, text, plain) => {
    expect(terminalText(text)).toBe(plain);
  });

  test('starts each line at the left and is bounded', () => {
    expect(terminalText('a\nb\n')).toBe('a\r\nb\r\n');
    expect(Buffer.byteLength(terminalText('é\n'.repeat(5000)))).toBeLessThanOrEqual(3500);
  });
});
