import { buffer, text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { contractCommands, type ContractFixture, execOf, codeOf, untilEnded } from './fixture.ts';

/** Exec and attach. */
export function describeProcesses(fixture: ContractFixture): void {
  describe('processes', () => {
    const { create, start } = fixture;

    test('an exec has its own outputs and exit code', async () => {
      const id = await start();
      const session = await fixture.engine.exec(id, execOf(contractCommands.speak));
      expect(session.stdin).toBeNull();
      const [out, problem, code] = await Promise.all([
        text(session.stdout),
        text(session.stderr),
        session.exited,
      ]);
      expect({ out, problem, code }).toEqual({ out: 'one\ntwo\n', problem: 'problem\n', code: 7 });
    });

    test('an exec runs as the user and with the environment it was given', async () => {
      const id = await start();
      const session = await fixture.engine.exec(id, {
        ...execOf(contractCommands.showIdentity),
        user: '1234:1234',
        env: ['NAME=alice'],
      });
      session.stderr.resume();
      expect(await text(session.stdout)).toBe('alice 1234\n');
    });

    test('ending the input of an exec leaves its output open', async () => {
      const id = await start();
      const session = await fixture.engine.exec(id, {
        ...execOf(contractCommands.copyInput),
        stdin: true,
      });
      session.stderr.resume();
      const sent = Buffer.alloc(300_000, 'abc\n');
      session.stdin?.end(sent);
      const got = await buffer(session.stdout);
      expect(got.equals(sent)).toBe(true);
      expect(await session.exited).toBe(0);
    });

    test('a terminal has the size it was opened with until it is resized', async () => {
      const id = await start();
      const exec = { ...execOf(contractCommands.sizeAfterLine), tty: true, stdin: true };
      const first = await fixture.engine.exec(id, { ...exec, size: { columns: 132, rows: 40 } });
      first.stdin?.write('\n');
      expect(await text(first.stdout)).toContain('40 132');
      expect(await first.exited).toBe(0);
      const second = await fixture.engine.exec(id, { ...exec, size: { columns: 132, rows: 40 } });
      await second.resize({ columns: 90, rows: 20 });
      second.stdin?.write('\n');
      expect(await text(second.stdout)).toContain('20 90');
    });

    test('closing a session leaves the process alone and its exit code unknown', async () => {
      const id = await start();
      const session = await fixture.engine.exec(id, execOf(contractCommands.forever));
      session.close();
      expect(await session.exited).toBeNull();
      expect((await fixture.engine.inspectContainer(id)).state).toBe('running');
    });

    test('aborting a session interrupts it', async () => {
      const id = await start();
      const interruption = new AbortController();
      const session = await fixture.engine.exec(id, execOf(contractCommands.forever), interruption);
      interruption.abort();
      expect(await codeOf(session.exited)).toBe('operation.interrupted');
    });

    test('the processes of a container are told with their owner and command', async () => {
      const id = await start({ command: contractCommands.forever, user: '1234:1234' });
      const [main] = await fixture.engine.processes(id);
      const { pid } = await fixture.engine.inspectContainer(id);
      expect(main).toMatchObject({ pid, uid: 1234, command: expect.stringContaining(' ') });
      await fixture.engine.stopContainer(id, { timeoutSeconds: 0 });
      expect(await codeOf(fixture.engine.processes(id))).toBe('engine.conflict');
    });

    test('an exec needs a running container', async () => {
      const id = await create();
      expect(await codeOf(fixture.engine.exec(id, execOf(contractCommands.speak)))).toBe(
        'engine.conflict',
      );
    });

    test('a signal reaches the process of an exec, and one that ended is fine', async () => {
      const id = await start();
      const session = await fixture.engine.exec(id, execOf(contractCommands.forever));
      for (const output of [session.stdout, session.stderr]) output.resume();
      await session.signal('SIGINT');
      expect(await session.exited).toBe(130);
      await session.signal('SIGINT');
      expect((await fixture.engine.inspectContainer(id)).state).toBe('running');
      await fixture.engine.removeContainer(id, { force: true });
      await session.signal('SIGINT');
    });

    test('a signal of an attach reaches the main process, and one that ended is fine', async () => {
      const id = await start();
      const session = await fixture.engine.attach(id, { tty: false, stdin: false });
      await session.signal('SIGTERM');
      await untilEnded(fixture.engine, id);
      await session.signal('SIGTERM');
      expect((await fixture.engine.inspectContainer(id)).exitCode).toBeGreaterThan(128);
      session.close();
    });

    test('an attach ends with the exit code of the main process', async () => {
      const id = await start({ command: contractCommands.copyInput, openStdin: true });
      const session = await fixture.engine.attach(id, { tty: false, stdin: true });
      for (const output of [session.stdout, session.stderr]) output.resume();
      await session.signal('SIGKILL');
      expect(await session.exited).toBe(137);
    });

    test('attaching gives the output of the main process and its input', async () => {
      const id = await start({ command: contractCommands.copyInput, openStdin: true });
      const session = await fixture.engine.attach(id, { tty: false, stdin: true });
      session.stdin?.write('hello\n');
      const [first] = await session.stdout.take(1).toArray();
      expect(String(first)).toBe('hello\n');
      session.close();
      expect(await session.exited).toBeNull();
    });
  });
}
