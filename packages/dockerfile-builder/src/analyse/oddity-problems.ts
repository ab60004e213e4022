import type { DockerfileOddity, DockerfileProblem } from '../document/types.ts';
import { problemOfLine } from './problems.ts';

const sentences: Record<DockerfileOddity['kind'], { message: string; hint: string }> = {
  'control-character': {
    message: 'A control character stands here; builders read it differently.',
    hint: 'Remove it. A lone carriage return comes from an editor that mixes line ends.',
  },
  'double-escape': {
    message: 'The line ends in two escape characters; builders differ in whether it goes on.',
    hint: 'Write one of them to continue the line, or put something behind them.',
  },
  'escape-at-end': {
    message: 'The instruction ends in an escape character with nothing to continue.',
    hint: 'Remove the last escape character.',
  },
  'escape-directive': {
    message: 'The escape directive is one that builders read differently.',
    hint: 'Write "# escape=`" alone on the first line, or leave it out.',
  },
  heredoc: {
    message: 'Heredocs need BuildKit; the builder here takes their lines for instructions.',
    hint: 'Write RUN with "&&" and continuation lines, or COPY a script and run it.',
  },
  'line-separator': {
    message: 'A line separator of Unicode stands here; builders read it differently.',
    hint: 'Put an ordinary line end there.',
  },
  'unterminated-heredoc': {
    message: 'The heredoc is not closed.',
    hint: 'Its name has to stand alone on a line behind it.',
  },
};

/** What builders don't agree about, as reasons to refuse. */
export const oddityProblems = (oddities: readonly DockerfileOddity[]): DockerfileProblem[] =>
  oddities.map(({ kind, line }) =>
    problemOfLine(line, { code: `dockerfile.${kind}`, ...sentences[kind] }),
  );
