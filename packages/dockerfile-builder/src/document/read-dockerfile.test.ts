import { describe, expect, test } from 'vitest';
import { readDockerfile } from './read-dockerfile.ts';

const keywords = (text: string) => readDockerfile(text).instructions.map(({ keyword }) => keyword);
const logical = (text: string) =>
  readDockerfile(text).instructions.map((instruction) => instruction.logical.text);

describe('instructions', () => {
  test('are found in any case, behind blanks, in files with and without a last line end', () => {
    expect(keywords('from a\n\tRun b\n  copy c d')).toEqual(['FROM', 'RUN', 'COPY']);
  });

  test('go on over comments and blank lines between continuation lines', () => {
    const text = 'FROM a\nRUN x \\\n# c \\\n\n  # d\n  && y\nRUN z\n';
    expect(logical(text)).toEqual(['FROM a', 'RUN x   && y', 'RUN z']);
    expect(readDockerfile(text).instructions[1]).toMatchObject({
      startLine: 2,
      endLine: 6,
      text: 'RUN x \\\n# c \\\n\n  # d\n  && y',
    });
  });

  test('a continuation is one with spaces and tabs behind the escape character, and in a keyword', () => {
    expect(logical('FR\\ \t\nOM a\nRUN x \\ \n y')).toEqual(['FROM a', 'RUN x  y']);
  });

  test('a backtick continues lines when the directive says so, also behind a syntax line', () => {
    const text = '# syntax=x\n# escape=`\r\nFROM a\r\nRUN x `\r\n y \\\r\nRUN z';
    expect(logical(text)).toEqual(['FROM a', 'RUN x  y \\', 'RUN z']);
  });

  test('an escape directive behind a comment, a blank line or an instruction is none', () => {
    expect(readDockerfile('# c\n# escape=`\nFROM a').escape).toBe('\\');
    expect(readDockerfile('\n# escape=`\nFROM a').escape).toBe('\\');
  });

  test('a byte order mark is no part of the first instruction', () => {
    const document = readDockerfile('\uFEFF# escape=`\nFROM a `\n AS b');
    expect(document.instructions[0]).toMatchObject({ startOffset: 12, keyword: 'FROM' });
    expect(document.stages).toMatchObject([{ name: 'b' }]);
  });

  test('the newline is that of most lines', () => {
    expect(readDockerfile('FROM a\r\nRUN b\r\nRUN c\n').newline).toBe('\r\n');
    expect(readDockerfile('FROM a').newline).toBe('\n');
  });
});

describe('heredocs', () => {
  test('hold what looks like instructions; several follow one another', () => {
    const text = 'FROM a\nRUN <<"A" cat; 3<<-B x\nFROM b\nA\nRUN no\n\tB\nRUN c';
    const document = readDockerfile(text);
    expect(document.instructions.map((each) => each.keyword)).toEqual(['FROM', 'RUN', 'RUN']);
    const heredocs = document.instructions[1]?.heredocs ?? [];
    expect(heredocs.map((each) => text.slice(each.startOffset, each.endOffset))).toEqual([
      'FROM b\n',
      'RUN no\n',
    ]);
    expect(heredocs).toMatchObject([
      { name: 'A', quoted: true, tabs: false, terminated: true },
      { name: 'B', quoted: false, tabs: true, terminated: true },
    ]);
  });

  test('in quotes, without a name, as here-strings and in other instructions are none', () => {
    const text = 'FROM a\nRUN echo "<<EOF" \'<<EOF\' << EOF <<< x cat<<EOF\nENV A=<<EOF\nRUN x';
    expect(readDockerfile(text).instructions).toHaveLength(4);
  });

  test('are read behind ONBUILD; one without end goes to the end of the file', () => {
    const document = readDockerfile('FROM a\nONBUILD run <<E\nx\nE\nCOPY <<F /f\nRUN x\n');
    expect(document.instructions.map(({ keyword }) => keyword)).toEqual([
      'FROM',
      'ONBUILD',
      'COPY',
    ]);
    expect(document.oddities.map(({ kind }) => kind)).toContain('unterminated-heredoc');
  });
});

describe('flags', () => {
  test('are read with quotes and escapes resolved, up to the body or "--"', () => {
    const [copy] = readDockerfile('COPY --from="x y" --chown=\\a:b -- --no x y').instructions;
    expect(copy?.flags).toMatchObject([
      { name: 'from', value: 'x y', plain: false },
      { name: 'chown', value: 'a:b', plain: false },
    ]);
    expect(copy?.logical.text.slice(copy.bodyAt)).toBe('--no x y');
  });
});

test('what engines read in two ways is told', () => {
  const kinds = (text: string) => readDockerfile(text).oddities.map(({ kind }) => kind);
  expect(kinds('FROM a\nRUN x \\\\\nRUN y')).toEqual(['double-escape']);
  expect(kinds('FROM a\rRUN x')).toEqual(['control-character']);
  expect(kinds('FROM a\u2028RUN x')).toEqual(['line-separator']);
  expect(kinds('# escape=`x\nFROM a')).toEqual(['escape-directive']);
  expect(kinds('# c=d\n# escape=`\nFROM a')).toEqual(['escape-directive']);
  expect(kinds('FROM a\nRUN x \\ \\\n')).toEqual(['escape-at-end']);
});
