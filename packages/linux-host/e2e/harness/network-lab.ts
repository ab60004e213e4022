import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type DockerHost, startDockerHost } from '@ds01/docker-host';
import { cacheDirectory } from '@ds01/setup';
import { z } from 'zod';

const addressesSchema = z.string().transform((text) => text.trim());
const enforcedSchema = z.object({
  before: z.boolean(),
  notices: z.array(z.string()),
  after: z.boolean(),
});

/** How a command in the lab ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A private engine with people's networks, and a network behind it. */
export interface NetworkLab {
  readonly host: DockerHost;
  /** Runs a program in the engine's network namespace. */
  readonly run: (...words: readonly string[]) => Promise<Outcome>;
  /** Docker's own command; throws what it said when it fails. */
  readonly docker: (...words: readonly string[]) => Promise<string>;
  /** What a container reads at a URL; `null` when it can't. */
  readonly fetch: (container: string, url: string) => Promise<string | null>;
  /** A container that serves its own name on port 80; returns its address. */
  readonly serve: (name: string, ...words: readonly string[]) => Promise<string>;
  /** Puts the firewall in force, see `enforce.ts`. */
  readonly enforce: (rounds?: number) => Promise<z.infer<typeof enforcedSchema>>;
  readonly stop: () => Promise<void>;
}

/** Of the engine's host beside its bridges: towards the outside, and its own. */
export const hostAddresses = { uplink: '192.0.2.1', own: '198.51.100.1' } as const;
/** Of a machine that the host routes to: an ordinary one, and the cloud's metadata. */
export const outsideAddresses = { plain: '192.0.2.10', metadata: '169.254.169.254' } as const;

const harness = (file: string): string => join(import.meta.dirname, file);

/**
 * Starts a lab: the networks `ds01-alice` and `ds01-bob` as DS01 makes them; the host answers `host`
 * on port 7777 of all its addresses; a machine outside answers `outside` on port 80 and resolves
 * every name to itself.
 */
export async function startNetworkLab(name: string): Promise<NetworkLab> {
  const host = await startDockerHost({
    name,
    gpus: 'l40sx2',
    gate: 'none',
    dataInMemory: true,
    cacheDirectory: cacheDirectory(process.env),
    say: () => undefined,
  });
  try {
    const lab = labOn(host);
    await host.image('busybox');
    await makeNetworks(lab);
    await makeOutside(host, lab);
    await startPrinting(host, [process.execPath, harness('listener.ts'), 'host', '7777']);
    return lab;
  } catch (error) {
    await host.stop();
    throw error;
  }
}

const environment = { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin' };

function labOn(host: DockerHost): NetworkLab {
  const run: NetworkLab['run'] = (...words) => {
    const line = host.command(words, { environment });
    const child = spawn(line.file, line.arguments, {
      env: line.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, ...output }));
    });
  };
  const must = async (...words: readonly string[]): Promise<string> => {
    const outcome = await run(...words);
    if (outcome.code !== 0) throw new Error(`${words.join(' ')}: ${outcome.stderr.trim()}`);
    return outcome.stdout;
  };
  const docker: NetworkLab['docker'] = async (...words) =>
    (await must(host.environment['DS01_DOCKER'] ?? 'docker', ...words)).trim();
  return {
    host,
    run,
    docker,
    async fetch(container, url) {
      const program = host.environment['DS01_DOCKER'] ?? 'docker';
      const { hostname, port } = new URL(url);
      const get = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 "$0" "$1" | tail -n 1`;
      const words = ['exec', container, 'sh', '-c', get, hostname, port === '' ? '80' : port];
      const { stdout } = await run(program, ...words);
      return stdout.trim() === '' ? null : stdout.trim();
    },
    async serve(container, ...words) {
      const script = `mkdir /www; echo ${container} > /www/index.html; exec httpd -f -p 80 -h /www`;
      const command = ['ds01/busybox', 'sh', '-c', script];
      await docker('run', '-d', '--name', container, ...words, ...command);
      const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
      return addressesSchema.parse(await docker('inspect', '-f', format, container));
    },
    async enforce(rounds = 1) {
      const program = [process.execPath, '--conditions=@ds01/source', harness('enforce.ts')];
      return enforcedSchema.parse(JSON.parse(await must(...program, String(rounds))));
    },
    stop: () => host.stop(),
  };
}

async function makeNetworks({ docker }: NetworkLab): Promise<void> {
  for (const [user, subnet, bridge] of [
    ['alice', '10.201.0.0/27', 'ds01-2bd806c97f'],
    ['bob', '10.201.0.32/27', 'ds01-81b637d8fc'],
  ] as const) {
    const option = `com.docker.network.bridge.name=${bridge}`;
    await docker('network', 'create', '--subnet', subnet, '-o', option, `ds01-${user}`);
  }
}

/** A network namespace of its own behind a virtual cable. */
async function makeOutside(host: DockerHost, { run }: NetworkLab): Promise<void> {
  const listener = [process.execPath, harness('listener.ts'), 'outside', '80'];
  const script = [
    'ip link set lo up',
    'echo waiting',
    'until ip link show cable >/dev/null 2>&1; do read -r line; done',
    `ip addr add ${outsideAddresses.plain}/24 dev cable`,
    `ip addr add ${outsideAddresses.metadata}/16 dev cable`,
    'ip link set cable up',
    'exec "$@"',
  ].join('\n');
  const outside = await startPrinting(host, [
    'unshare',
    '-n',
    'sh',
    '-c',
    script,
    'sh',
    ...listener,
    outsideAddresses.plain,
  ]);
  const setUp = [
    `ip link add outside type veth peer name cable netns ${String(outside.pid)}`,
    `ip addr add ${hostAddresses.uplink}/24 dev outside`,
    'ip addr add 169.254.1.1/16 dev outside',
    'ip link set outside up',
    'ip link add own type bridge',
    `ip addr add ${hostAddresses.own}/32 dev own`,
    'ip link set own up',
  ].join(' && ');
  const made = await run('sh', '-c', setUp);
  if (made.code !== 0) throw new Error(made.stderr);
  const ready = printed(outside, 'ready');
  outside.stdin?.write('there\n');
  await ready;
}

/** Starts a program and waits for its first line. It ends with the host. */
async function startPrinting(host: DockerHost, words: readonly string[]): Promise<ChildProcess> {
  const line = host.command(words, { environment });
  const child = spawn(line.file, line.arguments, {
    env: line.environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await printed(child, '');
  return child;
}

function printed(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (bytes: Buffer) => {
      if (bytes.toString().includes(text)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`a listener ended with ${String(code)}`)));
  });
}
