import { describe, expect, test } from 'vitest';
import {
  collectLogs,
  contractCommands,
  type ContractFixture,
  codeOf,
  untilEnded,
} from './fixture.ts';

/** Logs and events. */
export function describeOutput(fixture: ContractFixture): void {
  describe('logs and events', () => {
    const { start } = fixture;

    test('logs hold both outputs, can be cut to the last lines, and follow until the end', async () => {
      const id = await start({ command: contractCommands.speak });
      await untilEnded(fixture.engine, id);
      const all = await collectLogs(fixture.engine, id, {});
      expect(all).toEqual({ stdout: 'one\ntwo\n', stderr: 'problem\n' });
      expect(await collectLogs(fixture.engine, id, { follow: true })).toEqual(all);
      const last = await collectLogs(fixture.engine, id, { tail: 1 });
      expect(`${last.stdout}${last.stderr}`).toMatch(/^(?:two|problem)\n$/);
      const stamped = await collectLogs(fixture.engine, id, { timestamps: true });
      expect(stamped.stderr).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z problem\n$/);
    });

    test('output of a terminal is all standard output', async () => {
      const id = await start({ command: contractCommands.speak, tty: true });
      await untilEnded(fixture.engine, id);
      const { stdout, stderr } = await collectLogs(fixture.engine, id, {});
      expect([stdout.replaceAll('\r', ''), stderr]).toEqual(['one\ntwo\nproblem\n', '']);
    });

    test('following logs ends quietly on abort, and unknown containers have none', async () => {
      const id = await start();
      const interruption = new AbortController();
      const following = collectLogs(fixture.engine, id, {
        follow: true,
        signal: interruption.signal,
      });
      interruption.abort();
      expect(await following).toEqual({ stdout: '', stderr: '' });
      await fixture.engine.removeContainer(id, { force: true });
      expect(await codeOf(collectLogs(fixture.engine, id, {}))).toBe('container.not-found');
    });

    test('events tell of a life in order, end quietly on abort, and go back to a moment', async () => {
      const interruption = new AbortController();
      const { startedAtMs } = await fixture.engine.inspectContainer(
        await start({ dockerName: 'mark' }),
      );
      const sinceMs = startedAtMs ?? 0;
      const id = await start();
      await fixture.engine.killContainer(id, 'SIGKILL');
      const seen: unknown[] = [];
      for await (const event of fixture.engine.events({ sinceMs, signal: interruption.signal })) {
        if (event.type !== 'container' || event.id !== id) continue;
        expect(event.attributes['name']).toBe('contract');
        expect(event.atMs).toBeGreaterThanOrEqual(sinceMs);
        seen.push([event.action, event.attributes['exitCode']]);
        if (event.action === 'die') interruption.abort();
      }
      expect(seen).toEqual([
        ['create', undefined],
        ['start', undefined],
        ['kill', undefined],
        ['die', '137'],
      ]);
    });
  });
}
