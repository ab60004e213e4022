import { runProgram, switchFlag, textFlag, type ParsedCommand } from '@ds01/command-line';
import type { Decorate } from '@ds01/composition';
import { openApi, readEnvironment } from '@ds01/composition/open';
import type { RouteOutput } from '@ds01/contracts';
import type { Logger } from '@ds01/ports';
import { keepLimitsFile } from './limits/keep-limits-file.ts';
import { program } from './program.ts';
import type { Runtime } from './runtime.ts';
import { version } from './version.ts';

/** Runs a command line and sets the process's exit code. */
export async function main(argv: readonly string[], decorate?: Decorate): Promise<void> {
  if (argv[2] === '__complete') {
    const { answerCompletion } = await import('./completion/answer.ts');
    return answerCompletion(argv.slice(3));
  }
  if (argv[2] === '__context') {
    const { sendContext } = await import('./images/context-of-another.ts');
    return sendContext();
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
      const dryRun = switchFlag(command.flags, 'dryRun');
      const opened = await openApi(environment, {
        version,
        actFor: asksAboutOthers(command) ? null : actFor,
        dryRun,
        logger: createLogger(environment.debug),
        say: (line) => output.say(line),
        decorate,
      });
      // In a person's home only the person writes.
      const isOwn = environment.uid > 0 && environment.sudoUser === null && actFor === null;
      const keep = async (view: RouteOutput<'limits.show'> | null): Promise<void> => {
        if (!isOwn || dryRun || opened.remote === true) return;
        await keepLimitsFile(opened.api, environment.uid, view);
      };
      const close = async (): Promise<void> => {
        await keep(null);
        opened.close();
      };
      const { credentialsFile } = environment;
      return { ...opened, actFor, keepLimits: keep, credentialsFile, close };
    },
  });
}

/** `--user` of what shows limits or GPUs is about a name, which needs no account. */
function asksAboutOthers({ spec, flags }: ParsedCommand<Runtime>): boolean {
  const isAbout = spec.noun === 'gpu' && spec.verb === 'status' && !switchFlag(flags, 'mine');
  return spec.noun === 'limits' || spec.verb === 'check-limits' || isAbout;
}

function createLogger(debug: boolean): Logger {
  const write =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      if (debug) process.stderr.write(`${JSON.stringify({ level, message, ...fields })}\n`);
    };
  return { debug: write('debug'), warn: write('warn'), error: write('error') };
}
