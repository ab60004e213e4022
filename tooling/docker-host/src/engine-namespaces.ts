import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireCommand, runCommand } from '@ds01/setup';
import { startInBackground } from './background-process.ts';
import { engineEnvironment, toolsOf } from './engine-tools.ts';
import { hostPaths } from './host-paths.ts';
import type { HostState } from './host-state.ts';
import { inHostCgroup, scriptPath } from './launch.ts';
import { namespacesOf, type ProcessIdentity } from './processes.ts';

/** Arguments that put a command into the engine's network, and on demand its mount namespace. */
export function enterNamespaces(
  holder: ProcessIdentity,
  kinds: readonly ('net' | 'mount')[],
): readonly string[] {
  return ['nsenter', `--target=${String(holder.pid)}`, ...kinds.map((kind) => `--${kind}`), '--'];
}

/** Makes the pins' folder a shared mount. Must come before the engine's namespace is made. */
export async function sharePins(state: HostState): Promise<void> {
  const { pinsDirectory } = hostPaths(state.root);
  await requireCommand('mount', ['--bind', pinsDirectory, pinsDirectory]);
  // Where / is shared, the new mount is a peer of /, and each pin would appear twice.
  await requireCommand('mount', ['--make-private', pinsDirectory]);
  await requireCommand('mount', ['--make-shared', pinsDirectory]);
}

/**
 * Makes the engine's network and mount namespace and the process that keeps them alive.
 *
 * The mount namespace is a slave of ours: it receives what is mounted below the pins' folder, and
 * nothing that the engine mounts comes back.
 */
export async function startHolder(
  state: HostState,
): Promise<{ holder: ProcessIdentity; namespaces: readonly string[] }> {
  const paths = hostPaths(state.root);
  for (const folder of ['upper', 'work', 'copy']) {
    mkdirSync(join(paths.etcDirectory, folder), { recursive: true });
  }
  const logFile = join(paths.logDirectory, 'holder.log');
  const holder = await startInBackground({
    file: '/bin/sh',
    arguments: inHostCgroup(state, [
      'unshare',
      '--net',
      '--mount',
      '--propagation=slave',
      '--',
      scriptPath('hold.sh'),
      paths.root,
    ]),
    environment: engineEnvironment(state, paths),
    logFile,
    isReady: () => existsSync(logFile) && /^ready$/m.test(readFileSync(logFile, 'utf8')),
    timeoutMs: 10_000,
  });
  return { holder, namespaces: namespacesOf(holder.pid) };
}

/**
 * Gives the engine's network namespace a way out: user-mode networking, so that neither the machine's
 * firewall nor its interfaces change, without access to the machine's loopback.
 */
export async function startUplink(
  state: HostState,
  holder: ProcessIdentity,
): Promise<ProcessIdentity> {
  const paths = hostPaths(state.root);
  return await startInBackground({
    file: '/bin/sh',
    arguments: inHostCgroup(state, [
      'slirp4netns',
      '--configure',
      '--mtu=65520',
      '--disable-host-loopback',
      String(holder.pid),
      'tap0',
    ]),
    environment: engineEnvironment(state, paths),
    logFile: join(paths.logDirectory, 'uplink.log'),
    isReady: () => hasDefaultRoute(holder),
    timeoutMs: 10_000,
  });
}

/**
 * Puts `iptables` and its siblings into the engine's PATH: Debian makes these names when it installs,
 * for the nft variant; a kernel without nf_tables gets the legacy one.
 */
export async function linkFirewallTools(state: HostState, holder: ProcessIdentity): Promise<void> {
  const paths = hostPaths(state.root);
  const tools = toolsOf(state);
  const nft = tools.find('iptables-nft');
  if (nft === undefined) return;
  const probe = await runCommand(
    'nsenter',
    [...enterNamespaces(holder, ['net', 'mount']).slice(1), nft, '-t', 'nat', '-S'],
    { environment: engineEnvironment(state, paths) },
  );
  const variant = probe.exitCode === 0 ? 'nft' : 'legacy';
  for (const program of ['iptables', 'ip6tables']) {
    for (const suffix of ['', '-save', '-restore']) {
      const target = tools.find(`${program}-${variant}${suffix}`);
      const link = join(paths.binDirectory, `${program}${suffix}`);
      if (target !== undefined) writeProgram(link, target, engineEnvironment(state, paths));
    }
  }
}

/** A program that runs an unpacked one with its own libraries, whoever calls it. */
function writeProgram(path: string, target: string, environment: NodeJS.ProcessEnv): void {
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  const variables = ['LD_LIBRARY_PATH', 'XTABLES_LIBDIR'].flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [`${name}=${quote(value)}`];
  });
  const line = ['exec', 'env', ...variables, quote(target), '"$@"'].join(' ');
  writeFileSync(path, `#!/bin/sh\n${line}\n`);
  chmodSync(path, 0o755);
}

/** /proc/PID/net/route lists the routes of that process's network namespace. */
function hasDefaultRoute(holder: ProcessIdentity): boolean {
  const table = readFileSync(`/proc/${String(holder.pid)}/net/route`, 'utf8');
  return /^tap0\t00000000\t/m.test(table);
}
