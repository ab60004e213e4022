import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Measurement } from './measurement.ts';
import { adminProgram } from './program.ts';

/** Until both have started, and what is loaded once is loaded. */
const warmUpMs = 6000;
const measuredMs = 20_000;
const idleMs = 10_000;
/** USER_HZ of Linux. */
const ticksPerSecond = 100;

/** What the dashboard is measured against. */
export interface DashboardOptions {
  readonly daemonPid: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly containers: number;
}

/**
 * The share of one core that the live dashboard takes at a terminal of 80 x 24, which asks once a
 * second: its own process, and what the daemon does more than without it.
 */
export async function measureDashboard(options: DashboardOptions): Promise<Measurement> {
  const { daemonPid, environment, containers } = options;
  const idle = await shareOf([daemonPid], idleMs);
  const shell = `stty rows 24 cols 80; exec '${process.execPath}' '${adminProgram}' dashboard`;
  const child = spawn('script', ['--quiet', '--flush', '--command', shell, '/dev/null'], {
    env: { ...process.env, ...environment, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  try {
    await delay(warmUpMs);
    const client = pidOfDashboard();
    const before = bytes;
    const [daemon = 0, own = 0] = await shareOf([daemonPid, client], measuredMs);
    const perSecond = ((bytes - before) * 1000) / measuredMs;
    const without = idle[0] ?? 0;
    return {
      name: 'dashboard-cpu',
      ratio: own + daemon - without,
      budget: 0.05,
      raw:
        `share of a core at ${String(containers)} containers: daemon ${daemon.toFixed(3)} ` +
        `(${without.toFixed(3)} without it), dashboard ${own.toFixed(3)}; ` +
        `${perSecond.toFixed(0)} bytes/s to the terminal`,
    };
  } finally {
    child.stdin.write('q');
    const killer = setTimeout(() => child.kill(), 5000);
    await ended;
    clearTimeout(killer);
  }
}

/** What processes take of a core, each, during a time. */
async function shareOf(pids: readonly number[], durationMs: number): Promise<readonly number[]> {
  const before = pids.map(cpuMs);
  const start = performance.now();
  await delay(durationMs);
  const passedMs = performance.now() - start;
  return pids.map((pid, index) => (cpuMs(pid) - (before[index] ?? 0)) / passedMs);
}

/** The process that `script` runs, by its command line. */
function pidOfDashboard(): number {
  const words = [process.execPath, adminProgram, 'dashboard', ''].join('\0');
  const found = readdirSync('/proc').find(
    (pid) => /^\d+$/.test(pid) && commandLineOf(pid) === words,
  );
  if (found === undefined) throw new Error('the dashboard does not run');
  return Number(found);
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** CPU time that a process has used so far, without that of its children (proc(5)). */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  const [user = '0', system = '0'] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return ((Number(user) + Number(system)) * 1000) / ticksPerSecond;
}
