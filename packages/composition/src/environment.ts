import { resolve } from 'node:path';
import { ds01Error } from '@ds01/contracts/core';

/** Everything that the environment decides. Read once, in {@link readEnvironment}. */
export interface Environment {
  readonly configDirectory: string;
  readonly stateDirectory: string;
  readonly runDirectory: string;
  readonly engineDirectory: string;
  readonly cgroupRoot: string;
  readonly engineSocket: string;
  readonly nvidiaSmi: string;
  /** Where the driver logs Xid errors. */
  readonly kernelLog: string;
  /** Socket of the daemon to use, by `DS01_SERVER`; `null` is the one of the run folder, if any. */
  readonly serverSocket: string | null;
  /** Address of the daemon to use, by `DS01_SERVER`; `null` without. */
  readonly serverUrl: string | null;
  /** Secret of a token for it, by `DS01_TOKEN`; `null` is what `ds01 login` keeps. */
  readonly serverToken: string | null;
  /** File with the certificates that it is checked against, by `DS01_SERVER_CA`. */
  readonly serverCa: string | null;
  /** Where `ds01 login` keeps tokens; `null` for somebody without a home. */
  readonly credentialsFile: string | null;
  /** Folders to look for `iptables` in, as in PATH; `null` is the system's own. */
  readonly firewallPath: string | null;
  readonly uid: number;
  readonly gid: number;
  /** Who called sudo; `null` without. */
  readonly sudoUser: string | null;
  readonly noColor: boolean;
  readonly debug: boolean;
}

/**
 * Reads `DS01_*`, `DOCKER_HOST`, `SUDO_USER`, `NO_COLOR`, and where a person keeps their settings. Fails with `usage.invalid` for
 * folders that nothing can be kept in, and for a `DOCKER_HOST` that is no unix socket: an engine across
 * the network can't see this host's folders.
 */
export function readEnvironment(
  env: NodeJS.ProcessEnv,
  ids: { uid: number; gid: number },
): Environment {
  const runDirectory = folderOf(env, 'DS01_RUN_DIR', '/run/ds01');
  const dockerHost = env['DOCKER_HOST'] || 'unix:///var/run/docker.sock';
  if (!dockerHost.startsWith('unix://')) {
    throw ds01Error('usage.invalid', {
      message: `DOCKER_HOST is ${dockerHost}; DS01 needs the engine of this host.`,
      hint: 'export DOCKER_HOST=unix:///var/run/docker.sock',
    });
  }
  return {
    configDirectory: folderOf(env, 'DS01_CONFIG_DIR', '/etc/ds01'),
    stateDirectory: folderOf(env, 'DS01_STATE_DIR', '/var/lib/ds01'),
    runDirectory,
    engineDirectory: folderOf(env, 'DS01_ENGINE_DIR', `${runDirectory}/engine`),
    cgroupRoot: env['DS01_CGROUP_ROOT'] ?? '/ds01',
    engineSocket: dockerHost.slice('unix://'.length),
    nvidiaSmi: env['DS01_NVIDIA_SMI'] ?? '/usr/bin/nvidia-smi',
    kernelLog: env['DS01_KERNEL_LOG'] ?? '/dev/kmsg',
    ...serverOf(env),
    serverToken: env['DS01_TOKEN'] || null,
    serverCa: env['DS01_SERVER_CA'] || null,
    credentialsFile: credentialsFileOf(env),
    firewallPath: env['DS01_IPTABLES_PATH'] ?? null,
    uid: ids.uid,
    gid: ids.gid,
    sudoUser: env['SUDO_USER'] ?? null,
    noColor: (env['NO_COLOR'] ?? '') !== '',
    debug: (env['DS01_DEBUG'] ?? '') !== '',
  };
}

/** Where another daemon than the run folder's is. */
function serverOf(env: NodeJS.ProcessEnv): Pick<Environment, 'serverSocket' | 'serverUrl'> {
  const server = env['DS01_SERVER'] ?? '';
  if (server === '') return { serverSocket: null, serverUrl: null };
  if (server.startsWith('unix:///')) {
    return { serverSocket: server.slice('unix://'.length), serverUrl: null };
  }
  return { serverSocket: null, serverUrl: serverAddress(server) };
}

/**
 * The address of a daemon without a slash at its end. Fails with `usage.invalid` for what is none, and
 * for one without TLS anywhere but on this machine: whoever is on the way could read the token.
 */
export function serverAddress(given: string): string {
  const url = URL.parse(given);
  const isPlain =
    url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere(url.hostname));
  if (url !== null && isPlain && isSafe) return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  const isOpen = url?.protocol === 'http:' && isPlain;
  throw ds01Error('usage.invalid', {
    message: isOpen
      ? `${given} is not encrypted: whoever is on the way could read the token.`
      : `${given} is no address of a server: https://host:port, or unix:///path on this machine.`,
    hint: 'ds01 login https://gpu.example.org:7443',
  });
}

function isHere(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d+){3}$/.test(host);
}

function credentialsFileOf(env: NodeJS.ProcessEnv): string | null {
  const home = env['HOME'] ?? '';
  const folder = env['XDG_CONFIG_HOME'] || (home === '' ? '' : `${home}/.config`);
  return folder.startsWith('/') ? `${folder}/ds01/credentials.json` : null;
}

/** A folder from the environment, on a file system that things can be kept on. */
function folderOf(env: NodeJS.ProcessEnv, name: string, preset: string): string {
  const path = resolve(env[name] ?? preset);
  const given = env[name] ?? preset;
  if (given !== '' && !/^\/(?:proc|sys)(?:\/|$)/.test(path)) return path;
  throw ds01Error('usage.invalid', {
    message: `${name} is ${JSON.stringify(given)}; the path of a folder on a disk is needed.`,
    hint: `export ${name}=${preset}`,
  });
}
