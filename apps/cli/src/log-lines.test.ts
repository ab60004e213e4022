import type { LogChunk } from '@ds01/ports';
import { expect, test } from 'vitest';
import { logLines } from './log-lines.ts';

const encoded = new TextEncoder();

async function* chunksOf(...chunks: readonly (readonly [LogChunk['stream'], Uint8Array])[]) {
  for (const [stream, bytes] of chunks) yield await Promise.resolve({ stream, bytes });
}

test('lines are whole, of their own stream, wherever their bytes were cut', async () => {
  const out = encoded.encode('größe\r\nloss 0.1\nend');
  for (let at = 0; at <= out.length; at += 1) {
    const lines = await logLines(
      chunksOf(
        ['stdout', out.subarray(0, at)],
        ['stderr', encoded.encode('warning\n')],
        ['stdout', out.subarray(at)],
      ),
    );
    const told = (wanted: string) =>
      lines.flatMap(({ stream, text }) => (stream === wanted ? text : []));
    expect([told('stdout'), told('stderr')]).toEqual([['größe', 'loss 0.1', 'end'], ['warning']]);
  }
});

test('nothing is no line, an empty line is one', async () => {
  expect(await logLines(chunksOf())).toEqual([]);
  expect(await logLines(chunksOf(['stdout', encoded.encode('\n')]))).toEqual([
    { stream: 'stdout', text: '' },
  ]);
});
