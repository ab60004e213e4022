import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory, type DebianTools, ensureDebs, requireCommand } from '@ds01/setup';
import { startInBackground } from '../src/background-process.ts';
import { buildBusyboxTree } from '../src/busybox-tree.ts';
import { cgroupMembers, createDaemonCgroups, removeCgroups } from '../src/cgroups.ts';
import { enginePackages } from '../src/engine-tools.ts';
import { scriptPath } from '../src/launch.ts';
import { endProcesses, type ProcessIdentity, relatedProcesses } from '../src/processes.ts';

/** An engine as a user may have it: default bridge and firewall rules in "the machine's" network. */
export interface UsersEngine extends AsyncDisposable {
  /** Words that run a command in the network where that engine lives. */
  readonly enterNetwork: readonly string[];
  /** Runs a Docker command against that engine and returns its output. */
  readonly docker: (...words: readonly string[]) => Promise<string>;
  /** Gives it an image of that name, with busybox in it. */
  readonly importBusybox: (image: string) => Promise<void>;
  /** Its bridge, routes and firewall rules, as text. */
  readonly network: () => Promise<string>;
}

/**
 * Starts it in a network of its own, which stands for the machine's: the machine that the test runs on
 * stays as it is.
 */
export async function startUsersEngine(): Promise<UsersEngine> {
  const tools = await ensureDebs({
    packages: enginePackages,
    cacheDirectory: cacheDirectory(process.env),
    say: console.error,
  });
  const root = mkdtempSync(join(tmpdir(), 'users-engine-'));
  const cgroup = `/users-engine-${String(process.pid)}`;
  for (const folder of ['upper', 'work', 'copy']) {
    mkdirSync(join(root, 'etc', folder), { recursive: true });
  }
  const bin = join(root, 'bin');
  mkdirSync(bin);
  for (const program of ['iptables', 'ip6tables']) {
    await requireCommand('ln', ['-s', tools.find(`${program}-nft`) ?? '', join(bin, program)]);
  }
  const environment = tools.environment({ PATH: `${bin}:${process.env['PATH'] ?? ''}` });
  const launch = (
    words: readonly string[],
    log: string,
    isReady: () => boolean | Promise<boolean>,
  ): Promise<ProcessIdentity> => {
    const folders = createDaemonCgroups(cgroup);
    return startInBackground({
      file: '/bin/sh',
      arguments: [scriptPath('join.sh'), String(folders.length), ...folders, ...words],
      environment,
      logFile: join(root, log),
      isReady,
      timeoutMs: 30_000,
    });
  };
  const hold = ['unshare', '--net', '--mount', '--propagation=slave', '--', scriptPath('hold.sh')];
  const holder = await launch([...hold, root], 'holder.log', () =>
    readFileSync(join(root, 'holder.log'), 'utf8').includes('ready'),
  );
  const enter = ['nsenter', `--target=${String(holder.pid)}`, '--net'];
  const socket = join(root, 'docker.sock');
  const flags = ['--data-root', join(root, 'data'), '--exec-root', join(root, 'exec')];
  flags.push('--pidfile', join(root, 'pid'), '--host', `unix://${socket}`);
  flags.push('--cgroup-parent', cgroup, '--exec-opt', 'native.cgroupdriver=cgroupfs');
  await launch([...enter, '--mount', '--', 'dockerd', ...flags], 'dockerd.log', () =>
    pings(socket),
  );
  const inNetwork = (...words: readonly string[]): Promise<string> =>
    requireCommand(enter[0] ?? '', [...enter.slice(1), '--', ...words], { environment });
  const docker = (...words: readonly string[]): Promise<string> =>
    requireCommand(tools.find('docker') ?? 'docker', ['-H', `unix://${socket}`, ...words]);
  return {
    enterNetwork: [...enter, '--'],
    docker,
    importBusybox: async (image) => {
      const rootfs = join(root, 'busybox');
      mkdirSync(rootfs);
      await buildBusyboxTree(tools.find('busybox') ?? 'busybox', rootfs);
      const archive = join(root, 'busybox.tar');
      await requireCommand('tar', ['-C', rootfs, '-cf', archive, '.']);
      await docker('import', archive, image);
    },
    network: async () =>
      [
        await inNetwork('ip', '-o', 'link'),
        await inNetwork('ip', '-o', '-4', 'address'),
        await inNetwork('ip', 'route'),
        await firewall(inNetwork, tools),
        await inNetwork('cat', '/proc/sys/net/ipv4/ip_forward'),
      ].join('\n'),
    [Symbol.asyncDispose]: async () => {
      const find = (): readonly number[] =>
        relatedProcesses({ seeds: cgroupMembers(cgroup), hostId: undefined, namespaces: [] });
      await endProcesses(find, () => true, 10_000);
      await removeCgroups(cgroup);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** The rules without their packet counters and the time of the dump. */
async function firewall(
  inNetwork: (...words: readonly string[]) => Promise<string>,
  tools: DebianTools,
): Promise<string> {
  const text = await inNetwork(tools.find('iptables-nft-save') ?? 'iptables-save');
  return text.replaceAll(/^#.*$/gm, '').replaceAll(/\[\d+:\d+\]/g, '[]');
}

function pings(socketPath: string): Promise<boolean> {
  if (!existsSync(socketPath)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const call = request({ socketPath, path: '/_ping' }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('error', () => {
      resolve(false);
    });
    call.end();
  });
}
