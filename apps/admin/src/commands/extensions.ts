import { columns, localTime } from '@ds01/command-line';
import { formatDuration } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';

/** `ds01-admin extensions`. */
export async function run({ output, runtime, signal }: CommandContext): Promise<number> {
  const result = await runtime.api.call('admin.extensions', {}, { signal });
  output.result(result, (screen) =>
    result.requests.length === 0
      ? 'nobody asks for more runtime'
      : columns(
          [
            ['USER', 'CONTAINER', 'BY', 'ASKED AT', 'RUNTIME ENDS', 'REASON'],
            ...result.requests.map((request) => [
              request.user,
              request.container,
              formatDuration(request.byMs),
              localTime(request.requestedAt),
              localTime(request.stopsAt),
              request.reason ?? '-',
            ]),
          ],
          screen,
        ),
  );
  return 0;
}
