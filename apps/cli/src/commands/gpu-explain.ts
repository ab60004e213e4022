import { table } from '@ds01/command-line';
import type { CommandContext } from '../context.ts';
import { gpuRequestOf } from '../gpu-request.ts';

/** `ds01 gpu explain`. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, output, runtime, signal } = context;
  const gpu = gpuRequestOf(flags);
  const answer = await runtime.api.call('gpus.explain', { gpu }, { signal });
  output.result(answer, (screen) =>
    [
      answer.decision === 'placed'
        ? answer.reason.replace(/^Took /, 'Would take ')
        : `refused: ${answer.reason}`,
      table(
        {
          columns: [{ heading: 'SLOT' }, { heading: 'FITS' }, { heading: 'WHY', fit: 'wrap' }],
          rows: answer.candidates.map((candidate) => [
            candidate.slot,
            candidate.accepted ? { text: 'yes', style: 'green' } : 'no',
            candidate.reasons.map(({ message }) => message).join('; '),
          ]),
        },
        screen,
      ),
    ].join('\n'),
  );
  return 0;
}
