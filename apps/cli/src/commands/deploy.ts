import { commandFor, switchFlag, textFlag } from '@ds01/command-line';
import { deploy, type DeployResult } from '@ds01/control-plane';
import type { CommandContext } from '../context.ts';
import { deployInputOf } from '../deploy-input.ts';
import { limitsLine } from '../describe.ts';
import { openShell } from '../shell.ts';

/** `ds01 container deploy`. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, output, runtime, signal } = context;
  const input = deployInputOf(context, true);
  const caller = await runtime.caller('orchestration');
  const deps = await runtime.dependencies();
  const dryRun = switchFlag(flags, 'dryRun');
  const result = await deploy(deps, caller, input, {
    dryRun,
    signal,
    onProgress: (line) => output.say(line),
  });
  const { placement: _, ...printed } = result;
  const open = !dryRun && !output.json && wantsShell(context);
  if (open) {
    output.say(describeDeploy(result, textFlag(flags, 'user')));
    return openShell(context, { deps, caller, name: result.container.name, command: null });
  }
  output.result(printed, () => describeDeploy(result, textFlag(flags, 'user')));
  return 0;
}

function wantsShell({ flags, output }: CommandContext): boolean {
  if (switchFlag(flags, 'open')) return true;
  return output.interactive && !switchFlag(flags, 'background');
}

/** What was done, for people: first which GPU was taken and why. */
export function describeDeploy(result: DeployResult, actFor: string | null): string {
  const { container, limits, outcome, placement } = result;
  const gpu =
    placement?.reason ??
    (container.slots.length === 0 ? 'no GPU' : `GPU ${container.slots.join(', ')}`);
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
