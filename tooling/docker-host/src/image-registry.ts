import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ensureDebs, requireCommand } from '@ds01/setup';
import type { DockerHost } from './docker-host.ts';
import { startBeside } from './start-beside.ts';

/** A registry of images in a host's network. */
export interface ImageRegistry {
  /** Host and port, as references name it. Engines speak plain HTTP with a loopback address. */
  readonly address: string;
  /** What it logged so far. */
  readonly log: () => string;
}

/** What {@link startImageRegistry} needs to know. */
export interface ImageRegistryOptions {
  readonly accounts: readonly { readonly username: string; readonly password: string }[];
  readonly cacheDirectory: string;
  readonly say: (line: string) => void;
}

const address = '127.0.0.1:5000';

/**
 * Starts Debian's docker-registry in a host's network, with these accounts and nobody else; it keeps
 * its images below the host's root and ends with it. The package is fetched at the first use, not
 * installed.
 *
 * @throws a setup error (exit code 4 or 6) that quotes what failed
 */
export async function startImageRegistry(
  host: DockerHost,
  options: ImageRegistryOptions,
): Promise<ImageRegistry> {
  const tools = await ensureDebs({ ...options, packages: ['apache2-utils', 'docker-registry'] });
  const environment = tools.environment(process.env);
  const folder = join(host.paths.root, 'registry');
  mkdirSync(folder, { recursive: true });
  const lines: string[] = [];
  for (const { username, password } of options.accounts) {
    // The registry reads bcrypt only.
    const stdout = await requireCommand(
      tools.find('htpasswd') ?? 'htpasswd',
      ['-n', '-i', '-B', username],
      { environment, input: Readable.from([password]) },
    );
    lines.push(stdout.trim());
  }
  writeFileSync(join(folder, 'accounts'), `${lines.join('\n')}\n`, { mode: 0o600 });
  const settings = {
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: false } },
    storage: {
      filesystem: { rootdirectory: join(folder, 'images') },
      delete: { enabled: true },
    },
    http: { addr: address },
    auth: { htpasswd: { realm: 'ds01', path: join(folder, 'accounts') } },
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(settings));
  const { output } = await startBeside(host, {
    name: 'registry',
    words: [
      tools.find('docker-registry') ?? 'docker-registry',
      'serve',
      join(folder, 'config.yml'),
    ],
    environment,
    isReady: /listening on/,
  });
  return { address, log: output };
}
