import { resolve } from 'node:path';
import { textFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { withImageName } from '../images/choose-image.ts';
import { imageWordOf, tagOf } from '../images/image-words.ts';
import { version } from '../version.ts';

/** `ds01 image sbom`: what is in an image, as one document on stdout or in a file. */
export async function run(given: CommandContext): Promise<number> {
  const format = formatOf(textFlag(given.flags, 'format') ?? 'spdx');
  const context = await withImageName(given, 'list');
  const { flags, operands, output, runtime, signal } = context;
  const word = imageWordOf(operands[0] ?? '');
  const input = { name: word.name, tag: tagOf(word, textFlag(flags, 'tag')) };
  const onProgress = (line: string) => output.progress(line);
  const found = await runtime.api.call('images.packages', input, { signal, onProgress });
  const { spdxOf } = await import('../sbom/spdx.ts');
  const { cycloneDxOf } = await import('../sbom/cyclonedx.ts');
  const bill = { ...found, distribution: found.distribution ?? null, version };
  const document = format === 'spdx' ? spdxOf(bill) : cycloneDxOf(bill);
  const text = JSON.stringify(document, null, 2);
  const target = textFlag(flags, 'output');
  if (target === null) {
    output.result(document, () => text);
    return 0;
  }
  const path = resolve(target);
  const result = { path, format, packages: found.packages.length };
  const { writeOutput } = await import('../person/write-output.ts');
  const isWritten = await writeOutput(context, { path, text: `${text}\n` });
  output.result(
    result,
    () => `${isWritten ? 'wrote' : 'would write'} ${path}: ${result.packages} packages, ${format}`,
  );
  return 0;
}

function formatOf(text: string): 'spdx' | 'cyclonedx' {
  if (text === 'spdx' || text === 'cyclonedx') return text;
  throw ds01Error('usage.invalid', {
    message: `--format ${JSON.stringify(text)} is neither spdx nor cyclonedx.`,
    hint: 'ds01 image sbom thesis --format spdx',
  });
}
