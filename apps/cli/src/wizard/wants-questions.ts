import { switchFlag, textFlag } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';

/** True when somebody sits there who may be asked. `--yes` and `--json` never ask. */
export function mayAsk({ flags, output }: Pick<CommandContext, 'flags' | 'output'>): boolean {
  return output.interactive && !output.json && !switchFlag(flags, 'yes');
}

/** True when nothing says what a new container is made of, and somebody may be asked. */
export function wantsQuestions(context: CommandContext): boolean {
  const { flags, operands } = context;
  const says = ['image', 'project', 'framework'].some((name) => textFlag(flags, name) !== null);
  return mayAsk(context) && operands.length === 0 && !says;
}

/** What says what a new image is made of. */
const imageFlags = ['base', 'framework', 'dockerfile', 'projectDockerfile', 'context'];

/** True when nothing says what a new image is made of, and somebody may be asked. */
export function wantsCreateQuestions(context: CommandContext): boolean {
  const { flags, operands } = context;
  const says = imageFlags.some((name) => flags[name] !== undefined);
  return mayAsk(context) && (operands.length === 0 || !says);
}

/** What says what becomes of an image. */
const updateFlags = [
  'add',
  'remove',
  'addSystem',
  'removeSystem',
  'requirements',
  'edit',
  'rebuild',
];

/** True when nothing says what becomes of an image, and somebody may be asked. */
export function wantsUpdateQuestions(context: CommandContext): boolean {
  const { flags, operands } = context;
  const says = updateFlags.some((name) => flags[name] !== undefined);
  return mayAsk(context) && (operands.length === 0 || !says);
}
