import { confirmTyped, switchFlag, textFlag, type Screen } from '@ds01/command-line';
import type { RouteOutput } from '@ds01/contracts';
import { actedListText } from '../act-text.ts';
import type { CommandContext } from '../context.ts';

/** `ds01-admin user offboard`: exit 4 when a container could not be removed. */
export async function run(context: CommandContext): Promise<number> {
  const { operands, flags, output, runtime, signal } = context;
  const [user = ''] = operands;
  const dryRun = switchFlag(flags, 'dryRun');
  await confirmTyped(context, {
    question: `This removes all containers, leases and images of ${user}.`,
    word: user,
    command: `ds01-admin user offboard ${user}`,
  });
  const images = !switchFlag(flags, 'keepImages');
  const input = { user, images, reason: textFlag(flags, 'reason') };
  const onProgress = (line: string) => output.progress(line);
  const result = await runtime.api.call('admin.users.offboard', input, { signal, onProgress });
  output.result(result, (screen) => offboardText(result, { dryRun, screen }));
  return dryRun || result.containers.every(({ done }) => done) ? 0 : 4;
}

function offboardText(
  { user, containers, leases, images, stays }: RouteOutput<'admin.users.offboard'>,
  { dryRun, screen }: { readonly dryRun: boolean; readonly screen: Screen },
): string {
  const list = (heading: string, items: readonly string[]): string[] =>
    items.length === 0 ? [] : ['', screen.paint('bold', heading), ...items];
  return [
    actedListText(containers, screen),
    ...list(dryRun ? 'Leases that would be released' : 'Leases released', leases),
    ...list(dryRun ? 'Images that would be removed' : 'Images removed', images),
    ...list(`What stays of ${user}`, stays),
  ].join('\n');
}
