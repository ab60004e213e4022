import { runProgram, switchFlag, type CommandSpec, type FlagValues } from '@ds01/command-line';
import { openApi, openDirectly, readEnvironment, type Environment } from '@ds01/composition/open';
import { ds01Error } from '@ds01/contracts/core';
import type { Logger } from '@ds01/ports';
import { program } from './program.ts';
import type { Runtime } from './runtime.ts';
import { version } from './version.ts';

/** Runs a command line and sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  await runProgram<Runtime>({
    program,
    argv,
    host: process,
    openRuntime: async ({ spec, flags }, output) => {
      // Whoever becomes an administrator by sudo is one, and acts for nobody.
      const environment: Environment = {
        ...readEnvironment(process.env, {
          uid: process.getuid?.() ?? -1,
          gid: process.getgid?.() ?? -1,
        }),
        sudoUser: null,
      };
      const options = {
        version,
        actFor: null,
        // What only looks leaves nothing behind, not even a ledger where there was none.
        dryRun: switchFlag(flags, 'dryRun') || !changesAnything(spec, flags),
        logger: createLogger(environment.debug),
        say: (line: string) => output.say(line),
      };
      const opened = await openApi(environment, options);
      const isRoot = environment.uid === 0;
      if (opened.mode === 'embedded' && !isRoot) throw noDaemon();
      const isOurDaemon =
        opened.mode === 'daemon' && environment.serverSocket === null && opened.remote !== true;
      // Beside a daemon that may still write, nothing is written.
      const onlyLooks = { ...options, dryRun: true };
      const directly = isOurDaemon && isRoot ? () => openDirectly(environment, onlyLooks) : null;
      return { ...opened, directly };
    },
  });
}

function changesAnything(
  { changes, changesWith }: CommandSpec<Runtime>,
  flags: FlagValues,
): boolean {
  return changes === true && (changesWith === undefined || switchFlag(flags, changesWith));
}

function noDaemon() {
  return ds01Error('daemon.unreachable', {
    message: 'No DS01 daemon runs here; without one only root can look.',
    hint: 'sudo ds01-admin doctor',
  });
}

function createLogger(debug: boolean): Logger {
  const write =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      if (debug) process.stderr.write(`${JSON.stringify({ level, message, ...fields })}\n`);
    };
  return { debug: write('debug'), warn: write('warn'), error: write('error') };
}
