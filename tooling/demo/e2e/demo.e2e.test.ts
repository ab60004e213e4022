import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listHostNames } from '@ds01/docker-host';
import { describe, expect, test } from 'vitest';

const canRun = process.getuid?.() === 0 || process.env['CI'] === 'true';
if (!canRun) process.stderr.write('skipped: the demo needs root\n');

const program = join(import.meta.dirname, '../src/main.ts');

interface RunningDemo {
  readonly interrupt: () => void;
  readonly printed: (text: string) => Promise<void>;
  readonly done: Promise<{ readonly code: number | null; readonly output: string }>;
}

function startDemo(): RunningDemo {
  const child = spawn(process.execPath, ['--conditions=@ds01/source', program], {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, as a terminal gives it one: Ctrl-C goes to all of it.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return {
    interrupt: () => process.kill(-(child.pid ?? 0), 'SIGINT'),
    printed: async (text) => {
      await expect.poll(() => output, { timeout: 100_000, interval: 20 }).toContain(text);
    },
    done: new Promise((resolve) => {
      child.on('close', (code) => resolve({ code, output }));
    }),
  };
}

/** A story with its times taken out; cgroup files are elsewhere on other hosts. */
function timeless(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME')
    .replaceAll(/[A-Z][a-z]{2} +\d+ \d\d:\d\d/g, 'TIME')
    .replaceAll(/cat \/sys\/fs\/cgroup\S*(?: \/sys\/fs\/cgroup\S*)*/g, 'cat LIMITS');
}

/** How the README says that it begins. */
function shownInReadme(): string {
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  return /(?<=```\n)1\. The GPUs of this server\n[^]*?(?=\n```)/.exec(readme)?.[0] ?? 'nothing';
}

/** What is left on the machine of an engine of the demo: its entry, mounts, cgroup folders. */
function leftovers(): readonly string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes('/ds01-host/demo/'));
  const cgroups = readdirSync('/sys/fs/cgroup')
    .map((hierarchy) => join('/sys/fs/cgroup', hierarchy, 'ds01-demo'))
    .filter((folder) => existsSync(folder));
  return [...listHostNames().filter((name) => name === 'demo'), ...mounts, ...cgroups];
}

describe.skipIf(!canRun)('the demo', () => {
  test('shows what it promises, ends with 0 and leaves nothing', async () => {
    const { code, output } = await startDemo().done;
    expect({ code, output }).toMatchObject({ code: 0 });
    for (const text of ['nvidia-smi -L', 'error (gpu.none-free)', 'Everything shown was checked']) {
      expect(output).toContain(text);
    }
    expect(timeless(output)).toContain(timeless(shownInReadme()));
    expect(leftovers()).toEqual([]);
  });

  test('interrupted in the middle, it takes everything away and ends with 130', async () => {
    const demo = startDemo();
    await demo.printed('thesis deployed');
    demo.interrupt();
    expect(await demo.done).toMatchObject({ code: 130 });
    expect(leftovers()).toEqual([]);
  });
});
