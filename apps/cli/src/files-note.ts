import type { CommandContext } from './context.ts';
import { mayAsk } from './wizard/wants-questions.ts';

/** That the files stay when a container goes, and for somebody at a terminal where they are. */
export async function filesNote(context: CommandContext): Promise<string> {
  const { operands, runtime, signal } = context;
  const [name] = operands;
  const general = 'your files stay';
  if (name === undefined || !mayAsk(context)) return general;
  const { engine } = await runtime.api.call('containers.show', { name }, { signal });
  const workspace = engine.mounts.find(({ target }) => target === '/workspace');
  return workspace === undefined ? general : `${general} in ${workspace.source}`;
}
