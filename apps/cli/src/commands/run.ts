import type { CommandContext } from '../context.ts';
import { openShell } from '../shell.ts';

/** `ds01 container run`: start it if needed, then a shell or a command in it. */
export async function run(context: CommandContext): Promise<number> {
  const { operands, runtime, trailing } = context;
  const caller = await runtime.caller('orchestration');
  const deps = await runtime.dependencies();
  return openShell(context, { deps, caller, name: operands[0] ?? '', command: trailing });
}
