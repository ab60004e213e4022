import { readEnvironment } from '@ds01/composition';
import { exitCodeOf, toDs01Error } from '@ds01/contracts';
import { startDaemon, type Daemon } from './daemon.ts';
import { createLog, writeTogether } from './log.ts';
import { version } from './version.ts';
import { boundYoungObjects } from './young-objects.ts';

const help = `Usage: ds01d

The DS01 daemon: owns the ledger, the engine and the walls between people, and serves
<run folder>/ds01.sock. Everything is set by the environment: DS01_CONFIG_DIR, DS01_STATE_DIR,
DS01_RUN_DIR, DS01_ENGINE_DIR, DS01_CGROUP_ROOT, DS01_NVIDIA_SMI, DS01_KERNEL_LOG, DOCKER_HOST,
DS01_DEBUG.
Ends on SIGTERM; containers go on running.
`;

/** Runs the daemon until a signal ends it, and sets the process's exit code. */
export async function main(words: readonly string[]): Promise<void> {
  if (words.length > 0) {
    const wanted = words[0] === '--help' || words[0] === '-h';
    (wanted ? process.stdout : process.stderr).write(help);
    process.exitCode = wanted ? 0 : 2;
    return;
  }
  try {
    const environment = readEnvironment(process.env, {
      uid: process.getuid?.() ?? -1,
      gid: process.getgid?.() ?? -1,
    });
    const log = createLog({
      debug: environment.debug,
      write: writeTogether((text) => process.stderr.write(text)),
    });
    const daemon = await startDaemon(environment, { version, log });
    stopOnSignal(daemon);
    boundYoungObjects();
  } catch (error) {
    const failure = toDs01Error(error);
    const hint = failure.hint === null ? '' : `  try: ${failure.hint}\n`;
    process.stderr.write(`error (${failure.code}): ${failure.message}\n${hint}`);
    process.exitCode = exitCodeOf(failure);
  }
}

function stopOnSignal(daemon: Daemon): void {
  const stop = (): void => {
    process.off('SIGTERM', stop);
    process.off('SIGINT', stop);
    void daemon.stop();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
