import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Firewall } from '@ds01/ports';
import {
  areInForce,
  type FirewallRules,
  restoreInput,
  rulesForIpv4,
  rulesForIpv6,
} from './firewall-rules.ts';
import { type RunResult, systemEnvironment } from './run.ts';

/** How the firewall's programs are found. */
export interface FirewallOptions {
  /** Absolute folders to look for `iptables` in, as in PATH; the system's own when left out. */
  readonly searchPath?: string | undefined;
}

interface Family {
  readonly program: string;
  /** Any of these will do, the first best. */
  readonly rules: readonly FirewallRules[];
  /** What stays possible without the rules. */
  readonly consequence: string;
}

const families: readonly Family[] = [
  {
    program: 'iptables',
    rules: rulesForIpv4,
    consequence: "containers can reach this host's services and its metadata address",
  },
  {
    program: 'ip6tables',
    rules: rulesForIpv6,
    consequence: "containers with an IPv6 address can reach this host's services",
  },
];

/**
 * The packet filter of this network namespace, which must be the engine's, through `iptables` and
 * `ip6tables`. What is missing (the programs, the rights, a kernel module) becomes a notice.
 */
export function createFirewall(options: FirewallOptions = {}): Firewall {
  const folders = (options.searchPath ?? systemEnvironment.PATH).split(':');
  let underWay: Promise<{ readonly notices: readonly string[] }> | undefined;

  const present = (): readonly Family[] =>
    families.filter(({ program }) => program === 'iptables' || existsSync('/proc/net/if_inet6'));

  async function ensure(): Promise<{ readonly notices: readonly string[] }> {
    const problems = await Promise.all(
      present().map(async (family) => {
        const problem = await enforce(family, folders);
        return problem === null ? [] : [`No packet filter: ${problem}; ${family.consequence}.`];
      }),
    );
    return { notices: problems.flat() };
  }

  return {
    ensure() {
      underWay ??= ensure().finally(() => {
        underWay = undefined;
      });
      return underWay;
    },
    async inForce() {
      const answers = await Promise.all(
        present().map(async ({ program, rules }) => {
          const listing = await list(program, folders);
          return listing.status === 0 && rules.some((one) => areInForce(one, listing.stdout));
        }),
      );
      return answers.every((answer) => answer);
    },
  };
}

/** `null` when rules are in force, else why they aren't. */
async function enforce(family: Family, folders: readonly string[]): Promise<string | null> {
  const { program } = family;
  let problem: string | null = null;
  for (const rules of family.rules) {
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const before = await list(program, folders);
      if (before.status !== 0) return firstLine(before);
      if (family.rules.some((one) => areInForce(one, before.stdout))) return null;
      const restored = await call(
        { program: `${program}-restore`, parameters: ['--noflush', '-w', lockSeconds] },
        folders,
        restoreInput(rules, before.stdout),
      );
      if (restored.status !== 0) problem ??= firstLine(restored);
    }
  }
  const { stdout } = await list(program, folders);
  if (family.rules.some((one) => areInForce(one, stdout))) return null;
  return problem ?? `${program} does not show the rules it was given`;
}

/** Others may change the rules between a look and the change. */
const attempts = 2;

/** Others (Docker, a firewall service) hold the lock of xtables for moments. */
const lockSeconds = '5';
const timeoutMs = 10_000;

function list(program: string, folders: readonly string[]): Promise<RunResult> {
  return call({ program, parameters: ['-w', lockSeconds, '-S'] }, folders);
}

interface Call {
  readonly program: string;
  readonly parameters: readonly string[];
}

/** Runs a program; one that isn't there, or can't be started, fails like one that says so. */
function call(
  { program, parameters }: Call,
  folders: readonly string[],
  input = '',
): Promise<RunResult> {
  const path = folders
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, program))
    .find(isExecutable);
  const failed = (stderr: string): RunResult => ({ status: null, stdout: '', stderr });
  if (path === undefined) return Promise.resolve(failed(`${program} was not found`));
  const { promise, resolve } = Promise.withResolvers<RunResult>();
  const child = spawn(path, parameters, {
    cwd: '/',
    env: systemEnvironment,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.stdin.on('error', () => undefined);
  child.on('error', (error) => resolve(failed(`${program}: ${error.message}`)));
  child.on('close', (status) => resolve({ status, ...output }));
  child.stdin.end(input);
  return promise;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function firstLine({ stdout, stderr }: RunResult): string {
  const line = `${stderr}\n${stdout}`.split('\n').find((text) => text.trim() !== '');
  return (line ?? 'it gave no reason').trim().replace(/[.:]+$/, '');
}
