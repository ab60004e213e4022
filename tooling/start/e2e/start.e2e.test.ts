import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { containersOutputSchema, deployOutputSchema } from '@ds01/contracts';
import { listHostNames } from '@ds01/docker-host';
import { afterAll, describe, expect, test } from 'vitest';

const canRun = process.getuid?.() === 0 || process.env['CI'] === 'true';
if (!canRun) process.stderr.write('skipped: starting DS01 for a look needs root\n');

const program = join(import.meta.dirname, '../src/main.ts');
const name = `try-${String(process.pid)}`;
const host = `start-${name}`;
const words = ['--conditions=@ds01/source', program, '--name', name];

interface Look {
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly runs: () => Promise<void>;
  readonly done: Promise<{ readonly code: number | null; readonly output: string }>;
}

const looks = new Set<Look>();
afterAll(async () => {
  for (const look of looks) {
    look.kill('SIGTERM');
    await look.done;
  }
});

function start(): Look {
  // A process group of its own, as a terminal gives it one: Ctrl-C goes to all of it.
  const child = spawn(process.execPath, [...words, '--gpus', 'l40sx2'], { detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const look: Look = {
    kill: (signal) =>
      process.kill(signal === 'SIGINT' ? -(child.pid ?? 0) : (child.pid ?? 0), signal),
    runs: async () => {
      const options = { timeout: 100_000, interval: 20 };
      await expect.poll(() => output, options).toContain('Ctrl-C ends all of it');
    },
    done: new Promise((resolve) => {
      child.on('close', (code) => {
        looks.delete(look);
        resolve({ code, output });
      });
    }),
  };
  looks.add(look);
  return look;
}

/** Runs a command as one of the people, as somebody in another terminal does. */
function as(person: string, ...command: readonly string[]) {
  const line = [...words, '--as', person, '--', ...command];
  const { status, stdout, stderr } = spawnSync(process.execPath, line, { encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

const containersOf = (person: string) =>
  containersOutputSchema
    .parse(JSON.parse(as(person, 'ds01', 'container', 'list', '--all', '--json').stdout))
    .containers.map((container) => container.name);

/** What is left on the machine: the engine's entry, mounts, cgroup folders, processes. */
function leftovers(): readonly string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(`/ds01-host/${host}/`));
  const cgroups = readdirSync('/sys/fs/cgroup')
    .map((hierarchy) => join('/sys/fs/cgroup', hierarchy, `ds01-${host}`))
    .filter((folder) => existsSync(folder));
  const entries = listHostNames().filter((known) => known === host);
  return [...entries, ...mounts, ...cgroups, ...processesOf('')];
}

/** Processes that belong to the engine of this test and have the text in their command line. */
function processesOf(text: string): readonly string[] {
  const known = `/ds01-host/${host}/`;
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      const line = textOf(`/proc/${pid}/cmdline`);
      return line.includes(text) && (line + textOf(`/proc/${pid}/environ`)).includes(known);
    });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

describe.skipIf(!canRun)('DS01 for a look', () => {
  test('serves its people, and Ctrl-C leaves nothing', async () => {
    const look = start();
    await look.runs();
    const deploy = ['container', 'deploy', 'thesis', '--image', 'ds01/busybox', '--background'];
    const deployed = as('alice', 'ds01', ...deploy, '--json');
    expect(deployed.stderr).not.toContain('error');
    expect(deployOutputSchema.parse(JSON.parse(deployed.stdout)).container.user).toBe('alice');
    expect(containersOf('alice')).toEqual(['thesis']);
    expect(containersOf('bob')).toEqual([]);
    expect(as('bob', 'container-list', '--all-users').code).toBe(7);
    expect(as('carol', 'ds01', 'container', 'list', '--all-users').stdout).toContain('thesis');
    expect(as('alice', 'sh', '-c', 'exit 9').code).toBe(9);
    expect(as('zoe', 'id')).toMatchObject({ code: 3, stdout: '' });
    const second = spawnSync(process.execPath, words, { encoding: 'utf8' });
    expect(second).toMatchObject({ status: 4, stdout: '' });
    expect(second.stderr).toContain('runs here already');
    look.kill('SIGINT');
    const { code, output } = await look.done;
    expect({ code, output }).toMatchObject({ code: 130 });
    expect(output).toMatch(/^[\d:]+ alice containers\.deploy ok \d+ ms$/m);
    expect(leftovers()).toEqual([]);
    expect(as('alice', 'id')).toMatchObject({ code: 3, stdout: '' });
  });

  test('one that was killed is cleaned up by the next, and a dead daemon ends that one', async () => {
    const killed = start();
    await killed.runs();
    killed.kill('SIGKILL');
    await killed.done;
    const next = start();
    await next.runs();
    expect(containersOf('alice')).toEqual([]);
    const daemons = processesOf('apps/server/dist/main.js');
    expect(daemons).toHaveLength(1);
    for (const pid of daemons) process.kill(Number(pid), 'SIGKILL');
    const { code, output } = await next.done;
    expect({ code, output }).toMatchObject({ code: 6 });
    expect(output).toContain('the daemon ended by itself');
    expect(leftovers()).toEqual([]);
  });
});
