import { randomInt } from 'node:crypto';
import { switchFlag, textFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { deployInputOf } from '../deploy-input.ts';
import { generatedName } from '../generated-name.ts';
import { deployInTurn } from '../queue/deploy-in-turn.ts';
import { openShell } from '../shell.ts';
import { mayAsk } from '../wizard/wants-questions.ts';
import { describeDeploy } from './deploy.ts';

/**
 * `ds01 launch`: a container of any image under a name that nobody has to think of, a shell in it (or
 * the command after `--`), and its end with that. With `--background` or `--json` it stays.
 */
export async function run(given: CommandContext): Promise<number> {
  const context = await withImage(given);
  const { flags, output, runtime, trailing } = context;
  const stays = switchFlag(flags, 'background') || switchFlag(flags, 'dryRun') || output.json;
  const name = await freeName(context);
  const input = await deployInputOf(
    { ...context, operands: [name], trailing: stays ? trailing : null },
    true,
  );
  const result = await deployInTurn(context, input);
  const text = () => describeDeploy(result, { actFor: runtime.actFor, ports: [], opens: !stays });
  if (stays) {
    output.result(result, text);
    return 0;
  }
  output.say(text());
  return openShell(context, { name, command: trailing, retireAfter: true });
}

/** The context with an image, which somebody at a terminal is asked for. */
async function withImage(context: CommandContext): Promise<CommandContext> {
  const { flags } = context;
  if (textFlag(flags, 'image') !== null || textFlag(flags, 'framework') !== null) return context;
  if (mayAsk(context)) {
    const { imageByQuestion } = await import('../wizard/image-by-question.ts');
    return { ...context, flags: { ...flags, image: await imageByQuestion(context) } };
  }
  throw ds01Error('usage.invalid', {
    message: 'Which image? launch takes any of this server, or of a registry.',
    hint: 'ds01 launch -i ds01/busybox',
  });
}

async function freeName({ runtime, signal }: CommandContext): Promise<string> {
  const { containers } = await runtime.api.call('containers.list', { all: true }, { signal });
  return generatedName(new Set(containers.map(({ name }) => name)), (below) => randomInt(below));
}
