import { once } from 'node:events';
import { spanOf, switchFlag, textFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { logLines } from '../log-lines.ts';
import { withContainer } from '../wizard/choose-container.ts';

/** `ds01 container logs`. */
export async function run(given: CommandContext): Promise<number> {
  const verb = { verb: 'show the logs of', applies: () => true, asksLater: true };
  const context = await withContainer(given, verb);
  const { flags, operands, output, runtime, signal } = context;
  const input = {
    name: operands[0] ?? '',
    follow: switchFlag(flags, 'follow'),
    tail: tailOf(textFlag(flags, 'tail')),
    sinceMs: sinceOf(textFlag(flags, 'since'), Date.now()),
  };
  if (output.json && input.follow) throw endless();
  const chunks = await runtime.api.stream('containers.logs', input, { signal });
  if (output.json) {
    const lines = await logLines(chunks);
    signal.throwIfAborted();
    output.result({ container: input.name, lines }, () => '');
    return 0;
  }
  for await (const chunk of chunks) {
    const stream = chunk.stream === 'stdout' ? process.stdout : process.stderr;
    if (!stream.write(chunk.bytes)) await once(stream, 'drain');
  }
  // As a program that Ctrl-C ended; there is nothing to say about it.
  return signal.aborted ? 130 : 0;
}

function endless() {
  return ds01Error('usage.invalid', {
    message: '--json prints one document, and what is followed never ends.',
    hint: 'ds01 container logs thesis --json --tail 20',
  });
}

function tailOf(text: string | null): number | null {
  if (text === null) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw ds01Error('usage.invalid', {
    message: `--tail ${JSON.stringify(text)} is no number of lines.`,
    hint: 'ds01 container logs thesis --tail 20',
  });
}

function sinceOf(text: string | null, nowMs: number): number | null {
  if (text === null) return null;
  const ago = spanOf(text);
  if (ago !== undefined) return nowMs - ago;
  // A year is no moment; of a number nobody knows whether it is one, or a span.
  const instant = /^\s*\d+\s*$/.test(text) ? Number.NaN : Date.parse(text);
  if (!Number.isNaN(instant)) return instant;
  throw ds01Error('usage.invalid', {
    message: `--since ${JSON.stringify(text)} is no time such as 10m or 2026-11-22T10:00:00Z.`,
    hint: 'ds01 container logs thesis --since 10m',
  });
}
