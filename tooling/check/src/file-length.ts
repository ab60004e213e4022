import type { Finding } from './finding.ts';
import type { SourceFile } from './sources.ts';

const mostLines = 300;

/** Reports files of more than 300 lines: such a file holds more than one idea. */
export const findLongFiles = (sources: readonly SourceFile[]): Finding[] =>
  sources.flatMap(({ path, text }) => {
    const lines = text.replace(/\n$/, '').split('\n').length;
    if (lines <= mostLines) return [];
    return [
      { file: path, message: `has ${lines} lines, more than ${mostLines}: split it by idea` },
    ];
  });
