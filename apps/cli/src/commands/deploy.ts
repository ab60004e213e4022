import { commandFor, switchFlag } from '@ds01/command-line';
import type { RouteOutput } from '@ds01/contracts';
import type { CommandContext } from '../context.ts';
import { deployInputOf } from '../deploy-input.ts';
import { limitsLine } from '../describe.ts';
import { openShell } from '../shell.ts';

/** `ds01 container deploy`. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, output, runtime, signal } = context;
  const input = deployInputOf(context, true);
  const onProgress = (line: string) => output.say(line);
  const result = await runtime.api.call('containers.deploy', input, { signal, onProgress });
  const open = !switchFlag(flags, 'dryRun') && !output.json && wantsShell(context);
  if (open) {
    output.say(describeDeploy(result, runtime.actFor));
    return openShell(context, { name: result.container.name, command: null });
  }
  output.result(result, () => describeDeploy(result, runtime.actFor));
  return 0;
}

function wantsShell({ flags, output }: CommandContext): boolean {
  if (switchFlag(flags, 'open')) return true;
  return output.interactive && !switchFlag(flags, 'background');
}

/** What was done, for people: first which GPU was taken and why. */
export function describeDeploy(
  result: RouteOutput<'containers.deploy'>,
  actFor: string | null,
): string {
  const { container, explanation, limits, outcome } = result;
  const gpu =
    explanation ?? (container.slots.length === 0 ? 'no GPU' : `GPU ${container.slots.join(', ')}`);
  const state = {
    created: container.state === 'created' ? 'created' : 'deployed',
    started: 'started again',
    'already-running': container.state === 'created' ? 'created already' : 'running already',
    'would-create': 'would be deployed',
  }[outcome];
  const nextVerb = container.state === 'stopped' ? 'logs' : 'run';
  return [
    gpu,
    `${container.name} ${state}: ${limitsLine(limits)}`,
    ...limits.notices.map((notice) => `note: ${notice}`),
    ...(container.state === 'stopped' ? ['note: its main process has ended already'] : []),
    ...(outcome === 'would-create'
      ? []
      : [`next: ${commandFor(`ds01 container ${nextVerb} ${container.name}`, actFor)}`]),
  ].join('\n');
}
