import { runProgram, switchFlag, textFlag, type ParsedCommand } from '@ds01/command-line';
import type { Decorate } from '@ds01/composition';
import { openApi, readEnvironment } from '@ds01/composition/open';
import type { Logger } from '@ds01/ports';
import { program } from './program.ts';
import type { Runtime } from './runtime.ts';
import { version } from './version.ts';

/** Runs a command line and sets the process's exit code. */
export async function main(argv: readonly string[], decorate?: Decorate): Promise<void> {
  if (argv[2] === '__complete') {
    const { answerCompletion } = await import('./completion/answer.ts');
    return answerCompletion(argv.slice(3));
  }
  await runProgram<Runtime>({
    program,
    argv,
    host: process,
    openRuntime: async (command, output) => {
      const environment = readEnvironment(process.env, {
        uid: process.getuid?.() ?? -1,
        gid: process.getgid?.() ?? -1,
      });
      const actFor = textFlag(command.flags, 'user');
      const opened = await openApi(environment, {
        version,
        actFor: asksAboutOthers(command) ? null : actFor,
        dryRun: switchFlag(command.flags, 'dryRun'),
        logger: createLogger(environment.debug),
        say: (line) => output.say(line),
        decorate,
      });
      return { ...opened, actFor };
    },
  });
}

/** `limits show --user` is about a name, which needs no account. */
function asksAboutOthers({ spec }: ParsedCommand<Runtime>): boolean {
  return spec.noun === 'limits';
}

function createLogger(debug: boolean): Logger {
  const write =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      if (debug) process.stderr.write(`${JSON.stringify({ level, message, ...fields })}\n`);
    };
  return { debug: write('debug'), warn: write('warn'), error: write('error') };
}
