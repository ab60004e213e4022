import { spawn } from 'node:child_process';
import { doctorOutputSchema, routes } from '@ds01/contracts';
import { succeeded, type CommandOutcome, type Sandbox } from '@ds01/e2e';
import { expect, test, vi } from 'vitest';

/** Runs commands in the sandbox of `admin.e2e.test.ts`, where erin is in the group docker. */
export interface AdminCommands {
  readonly sandbox: () => Sandbox;
  readonly admin: (words: readonly string[], user?: string) => Promise<CommandOutcome>;
  readonly adminJson: (line: string, user?: string) => Promise<CommandOutcome>;
}

/** Declares the tests of what administrators see of the host itself. */
export function testDoctorAndWorkloads({ sandbox, admin, adminJson }: AdminCommands): void {
  test('doctor runs every check, and names who may use Docker directly', async () => {
    const report = await adminJson('doctor', 'bob');
    const { checks } = report.json(doctorOutputSchema);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.code).toBe(0);
    const ids = checks.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(
      expect.arrayContaining(['daemon', 'engine', 'gate', 'gpus', 'policy', 'database', 'state']),
    );
    expect(ids).toEqual(
      expect.arrayContaining(['rules', 'pins', 'firewall', 'networks', 'clock', 'keys', 'disks']),
    );
    const messageOf = (id: string) => checks.find((check) => check.id === id)?.message;
    expect(messageOf('docker-group')).toContain('erin');
    expect(messageOf('networks')).toBe('2 of the 8 private networks that fit into 10.201.0.0/24');
    expect(checks.find(({ id }) => id === 'docker-group')?.why).toMatch(/passes every limit/);
  });

  test('doctor --fix puts the walls back that somebody took away, and a dry run does not', async () => {
    const words = ['iptables', '--flush', 'DOCKER-USER'];
    succeeded(await sandbox().run(words));
    const fixed = (dry: readonly string[]) => admin(['doctor', '--fix', '--json', ...dry]);
    const schema = routes['admin.doctor.fix'].output;
    const planned = (await fixed(['--dry-run'])).json(schema);
    expect(planned.mended).toMatchObject([{ id: 'firewall', done: false }]);
    const mended = succeeded(await fixed([])).json(schema);
    expect(mended.mended).toMatchObject([{ id: 'firewall', done: true }]);
    expect(succeeded(await fixed([])).json(schema).mended).toEqual([]);
  });

  test('workloads are containers of all kinds, and processes of the host on GPUs', async () => {
    const host = spawn('sleep', ['600'], { stdio: 'ignore' });
    const pid = host.pid ?? 0;
    try {
      await sandbox().host.gpus.addProcess('0', { pid, name: 'train.py --token x' });
      const schema = routes['admin.workloads'].output;
      const look = async () => succeeded(await adminJson('workloads', 'bob')).json(schema);
      await vi.waitFor(
        async () =>
          expect((await look()).hostProcesses).toMatchObject([
            { pid, program: 'sleep', slot: '0' },
          ]),
        { timeout: 20_000, interval: 500 },
      );
      const { workloads } = await look();
      expect(workloads.map(({ kind, name }) => [kind, name])).toEqual([
        ['docker', 'behind'],
        ['managed', 'thesis._.alice'],
        ['host-process', `sleep (pid ${String(pid)})`],
      ]);
      expect(host.exitCode).toBeNull();
      const shown = succeeded(await admin(['workloads', '--by-user', '--gpu-only']));
      expect(shown.stdout).toContain('host-process');
      expect(shown.stdout).not.toContain('token');
    } finally {
      await sandbox().host.gpus.removeProcess(pid);
      const ended = new Promise((resolve) => host.once('exit', resolve));
      host.kill('SIGKILL');
      await ended;
    }
  });
}
