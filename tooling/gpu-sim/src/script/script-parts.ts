import { timestampMarks } from '../render/timestamps.ts';
import type { Answer } from '../render/answer-types.ts';
import { shellQuote } from '../shell.ts';

const longDate = `"$(LC_ALL=C date '+%a %b %e %H:%M:%S %Y')"`;

/** Sh statements that print an answer's text and leave with its code, without starting a program. */
export const printAnswer = ({ stdout, exitCode }: Answer): string =>
  `printf %s ${stdout.split(timestampMarks.long).map(shellQuote).join(longDate)}; exit ${exitCode}`;

/** A `case` that answers these spellings of the arguments; `guard` is sh text run before. */
export const answerCase = (spellings: readonly string[], text: Answer, guard = ''): string =>
  `case "$*" in ${spellings.map(shellQuote).join(' | ')}) ${guard}${printAnswer(text)} ;; esac`;
