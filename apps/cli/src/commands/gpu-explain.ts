import { columns } from '@ds01/command-line';
import { gpuExplain } from '@ds01/control-plane';
import type { CommandContext } from '../context.ts';
import { gpuRequestOf } from '../gpu-request.ts';

/** `ds01 gpu explain`. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, output, runtime, signal } = context;
  const gpu = gpuRequestOf(flags);
  const caller = await runtime.caller('atomic');
  const deps = await runtime.dependencies();
  const answer = await gpuExplain(deps, caller, { gpu }, { dryRun: true, signal });
  output.result(answer, () =>
    [
      answer.decision === 'placed' ? answer.reason : `refused: ${answer.reason}`,
      columns([
        ['SLOT', '', 'WHY'],
        ...answer.candidates.map((candidate) => [
          candidate.slot,
          candidate.accepted ? 'yes' : 'no',
          candidate.reasons.map(({ message }) => message).join('; '),
        ]),
      ]),
    ].join('\n'),
  );
  return 0;
}
