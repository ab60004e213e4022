import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startInBackground } from './background-process.ts';
import type { DockerHost } from './docker-host.ts';

/** A service in a host's network. */
export interface BesideService {
  /** Everything that it printed so far. */
  readonly output: () => string;
}

/**
 * Starts a service in a host's network and waits until its output says that it is ready; it ends
 * with the host. Its output is kept in the host's logs.
 *
 * @throws a setup error (exit code 6) that quotes its output
 */
export async function startBeside(
  host: DockerHost,
  service: {
    readonly name: string;
    readonly words: readonly string[];
    readonly environment?: NodeJS.ProcessEnv;
    readonly isReady: RegExp;
  },
): Promise<BesideService> {
  mkdirSync(host.paths.logDirectory, { recursive: true });
  const logFile = join(host.paths.logDirectory, `${service.name}.log`);
  const output = (): string => readFileSync(logFile, 'utf8');
  const line = host.command(service.words, {
    environment: service.environment ?? process.env,
  });
  await startInBackground({
    file: line.file,
    arguments: line.arguments,
    environment: line.environment,
    logFile,
    isReady: () => service.isReady.test(output()),
    timeoutMs: 20_000,
  });
  return { output };
}
