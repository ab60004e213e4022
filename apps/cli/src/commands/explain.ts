import type { CommandContext } from '../context.ts';
import { explainText } from '../lifecycle/explain-text.ts';
import { withContainer } from '../wizard/choose-container.ts';

/** `ds01 container explain`: when a container will be stopped, why, and what postpones it. */
export async function run(given: CommandContext): Promise<number> {
  const { operands, output, runtime, signal } = await withContainer(given, {
    verb: 'explain',
    applies: () => true,
    asksLater: true,
  });
  const name = operands[0] ?? '';
  const explained = await runtime.api.call('containers.explain', { name }, { signal });
  output.result(explained, (screen) => explainText(explained, screen, Date.now()));
  if (runtime.mode === 'embedded') {
    output.say('No daemon runs here: what is said above happens when one is started.');
  }
  return 0;
}
