import { runProgram, switchFlag, textFlag } from '@ds01/command-line';
import type { Logger } from '@ds01/ports';
import { readEnvironment } from './environment.ts';
import { program } from './program.ts';
import type { Decorate } from './runtime.ts';

/** Runs a command line and sets the process's exit code. */
export async function main(argv: readonly string[], decorate?: Decorate): Promise<void> {
  await runProgram({
    program,
    argv,
    host: process,
    openRuntime: async ({ flags }, output) => {
      const environment = readEnvironment(process.env, {
        uid: process.getuid?.() ?? -1,
        gid: process.getgid?.() ?? -1,
      });
      const { createRuntime } = await import('./compose.ts');
      return createRuntime(environment, {
        actFor: textFlag(flags, 'user'),
        dryRun: switchFlag(flags, 'dryRun'),
        logger: createLogger(environment.debug),
        say: (line) => output.say(line),
        decorate,
      });
    },
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
