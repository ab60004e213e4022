import { commandFor, listFlag, switchFlag } from '@ds01/command-line';
import type { ContainerView, RouteOutput } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { deployInputOf } from '../deploy-input.ts';
import { withOwnImage } from '../images/offer-to-build.ts';
import { deployInTurn } from '../queue/deploy-in-turn.ts';
import { limitsLine, portText } from '../describe.ts';
import { askEnding } from '../lifecycle/ending.ts';
import { openShell } from '../shell.ts';
import { wantsQuestions } from '../wizard/wants-questions.ts';

/** `ds01 container deploy`. */
export async function run(context: CommandContext): Promise<number> {
  if (wantsQuestions(context)) {
    const { deployByQuestions } = await import('../wizard/deploy-by-questions.ts');
    return deployByQuestions(context, 'deploy');
  }
  const { flags, output, runtime } = context;
  refuseIdleRm(context);
  if (switchFlag(flags, 'open') && switchFlag(flags, 'background')) {
    throw ds01Error('usage.invalid', {
      message: '--open and --background exclude each other.',
      hint: 'ds01 container deploy --help',
    });
  }
  const input = await deployInputOf(context, true);
  const result = await withOwnImage(context, () => deployInTurn(context, input));
  const ports = await publishedPorts(context, result);
  const open = !switchFlag(flags, 'dryRun') && !output.json && wantsShell(context);
  const ending = await endingOf(context, result);
  const text = () => describeDeploy(result, { actFor: runtime.actFor, ports, opens: open, ending });
  if (open) {
    output.say(text());
    const retireAfter = switchFlag(flags, 'rm');
    return openShell(context, { name: result.container.name, command: null, retireAfter });
  }
  output.result(result, text);
  return 0;
}

/** Nothing would ever end that `--rm` could wait for. */
function refuseIdleRm(context: CommandContext): void {
  const { flags, output } = context;
  if (!switchFlag(flags, 'rm') || switchFlag(flags, 'dryRun')) return;
  if (wantsShell(context) && !output.json) return;
  throw ds01Error('usage.invalid', {
    message: '--rm retires a container when its shell has ended; without a shell there is no end.',
    hint: 'ds01 container deploy thesis --open --rm',
  });
}

function wantsShell({ flags, output }: CommandContext): boolean {
  if (switchFlag(flags, 'open')) return true;
  return output.interactive && !switchFlag(flags, 'background');
}

/** Where the ports of a container that runs are; the engine may have picked them. */
async function publishedPorts(
  { flags, output, runtime, signal }: CommandContext,
  { container, outcome }: RouteOutput<'containers.deploy'>,
): Promise<ContainerView['engine']['ports']> {
  const asked = listFlag(flags, 'publish').length > 0;
  if (!asked || output.json || outcome === 'would-create') return [];
  const { name } = container;
  return (await runtime.api.call('containers.show', { name }, { signal })).engine.ports;
}

/** When it ends by itself, for people; programs have it in what they get. */
export async function endingOf(
  context: CommandContext,
  { container, outcome }: RouteOutput<'containers.deploy'>,
): Promise<string | null> {
  if (context.output.json || outcome === 'would-create' || container.slots.length === 0)
    return null;
  return (await askEnding(context, container.name))?.text ?? null;
}

/** What was done, for people: first which GPU was taken and why. */
export function describeDeploy(
  result: RouteOutput<'containers.deploy'>,
  context: {
    /** The value of `--user`, which suggested commands need as well. */
    readonly actFor: string | null;
    readonly ports: ContainerView['engine']['ports'];
    /** True when a shell in it, or the command, comes right after. */
    readonly opens: boolean;
    /** What follows `it is`; `null` when nothing ends it. */
    readonly ending?: string | null;
  },
): string {
  const { actFor, ports, opens, ending = null } = context;
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
    outcome === 'would-create' ? gpu.replace(/^Took /, 'Would take ') : gpu,
    `${container.name} ${state}: ${limitsLine(limits)}`,
    ...(ports.length === 0 ? [] : [`published: ${ports.map(portText).join(', ')}`]),
    ...limits.notices.map((notice) => `note: ${notice}`),
    ...(ending === null ? [] : [`it is ${ending}`]),
    ...(container.state === 'stopped' ? ['note: its main process has ended already'] : []),
    ...(outcome === 'would-create' || (opens && nextVerb === 'run')
      ? []
      : [`next: ${commandFor(`ds01 container ${nextVerb} ${container.name}`, actFor)}`]),
  ].join('\n');
}
