import { switchFlag, textFlag } from '@ds01/command-line';
import { ds01Error, isDs01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { mayAsk } from '../wizard/wants-questions.ts';

/**
 * Deploys; when that fails because the owner has no image of the container's name, offers to build it,
 * and deploys again. `--build` and `--yes` answer; without anybody to ask the failure says what to do.
 */
export async function withOwnImage<Result>(
  context: CommandContext,
  deploy: () => Promise<Result>,
): Promise<Result> {
  try {
    return await deploy();
  } catch (error) {
    const name = missingImage(context, error);
    if (name === null) throw error;
    await buildOrSay(context, name, error);
  }
  return deploy();
}

/** The name of the image that there is none of; `null` when it is about something else. */
function missingImage({ flags, operands }: CommandContext, error: unknown): string | null {
  if (!isDs01Error(error) || error.code !== 'image.not-found') return null;
  if (operands.length > 1 || switchFlag(flags, 'dryRun')) return null;
  if (textFlag(flags, 'image') !== null || textFlag(flags, 'framework') !== null) return null;
  return operands[0] ?? textFlag(flags, 'project');
}

async function buildOrSay(context: CommandContext, given: string, cause: unknown): Promise<void> {
  const { flags, output, runtime, signal } = context;
  const { personFiles } = await import('./person-files.ts');
  const { projectOf } = await import('./project.ts');
  const files = await personFiles(context);
  const project = projectOf(given, {}, files);
  const { name, dockerfile } = project;
  const text = await files.readText(dockerfile);
  const says = switchFlag(flags, 'build') || switchFlag(flags, 'yes');
  if (text === null) {
    if (!mayAsk(context)) throw cause;
    const { createTerminalPrompter } = await import('../wizard/terminal-prompter.ts');
    const prompter = createTerminalPrompter(output, signal);
    if (!(await prompter.confirm(`You have no image "${name}". Make one now?`))) throw cause;
    const { askCreate } = await import('../wizard/create-wizard.ts');
    const { runWords } = await import('../wizard/run-words.ts');
    const tools = { api: runtime.api, prompter, signal, files, cwd: process.cwd() };
    const words = await askCreate(tools, name);
    if (words === null || words.includes('--no-build')) throw cause;
    await runWords({ ...context, flags: {} }, ['image', ...words]);
    return;
  }
  if (!says) {
    if (!mayAsk(context)) throw notBuilt(name, dockerfile, cause);
    const { createTerminalPrompter } = await import('../wizard/terminal-prompter.ts');
    const question = `You have no image "${name}" yet. Build it from ${dockerfile} now?`;
    if (!(await createTerminalPrompter(output, signal).confirm(question))) {
      throw notBuilt(name, dockerfile, cause);
    }
  }
  const { buildImage, builtText } = await import('./build-image.ts');
  const notice = (line: string): void => output.say(`note: ${line}`);
  const options = { buildArgs: {} };
  output.say(builtText(await buildImage(context, { project, text, options, files }, notice)));
}

function notBuilt(name: string, dockerfile: string, cause: unknown) {
  return ds01Error('image.not-found', {
    message: `There is no image "${name}" yet, but ${dockerfile} to build it from. Nothing was made.`,
    hint: `ds01 container deploy ${name} --build`,
    details: { image: name, dockerfile },
    cause,
  });
}
