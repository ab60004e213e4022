import { Copy, DockerfileParser, From, type Instruction, Onbuild } from 'dockerfile-ast';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDockerfile } from '../document/read-dockerfile.ts';
import { lintDockerfile } from '../lint/lint-dockerfile.ts';
import { analyseBuild } from './analyse-build.ts';
import { pinBuild } from './pin-build.ts';

const many = process.env['DS01_TEST_LONG'] === '1';
const runs = (few: number) => ({ numRuns: many ? few * 100 : few });

/** Pieces of which tricks are made. */
const piece = fc.constantFrom(
  ...[
    ['FROM', 'from', 'COPY', 'ADD', 'RUN', 'ONBUILD', 'ARG', 'ENV', 'AS', 'as', 'LABEL', 'SHELL'],
    ['--from=', '--from', '--platform=', '--chown=', '--mount=type=bind,from=', '--', '--link'],
    ['victim', 'a', 'b:1', 'stage', 'scratch', '0', '1', 'sha256:12', '$A', '${A:-victim}', '${A}'],
    ['A=victim', 'A="b"', "'", '"', '[', ']', '["a", "b"]', '{', '}', 'http://x', '/x', '.', '/'],
    [
      ' ',
      ' ',
      ' ',
      ' ',
      '\t',
      '\n',
      '\n',
      '\n',
      '\r\n',
      '\r',
      '\\\n',
      '\\ \n',
      '\\\\\n',
      '`\n',
      '\\',
    ],
    [
      '# comment\n',
      '  # escape=`\n',
      '# escape=`\n',
      '<<EOF',
      'EOF',
      '<<-"X"',
      '\nEOF\n',
      '\u00a0',
    ],
    ['\u2028', '\uFEFF', '\0', '\v', '\f', '\u0085', 'é', '=', ':', '@', ',', 'true'],
  ].flat(),
);
const tricky = fc
  .tuple(
    fc.constantFrom('', 'FROM a AS stage\n', '# escape=`\nFROM a\n', 'ARG A=b\nFROM ${A}\n'),
    fc.array(piece, { maxLength: 25 }),
  )
  .map(([head, pieces]) => head + pieces.join(''));

const line = fc.constantFrom(
  ...[
    [
      'FROM a AS stage',
      'FROM victim',
      'FROM stage AS two',
      'FROM --platform=linux/arm64 b',
      'ARG A',
    ],
    ['COPY --from=stage /a /b', 'COPY --from=victim /a /b', 'COPY --from=0 /a \\\n# c\n /b'],
    ['ADD --chown=a:b http://x /y', 'ONBUILD COPY --from=victim / /', 'RUN x \\\n\n && y', '# c'],
    ['run --mount=type=bind,from=victim,target=/x true', 'ENV A=b', 'FROM ${A:-victim} as three'],
  ].flat(),
);
const usual = fc
  .array(line, { maxLength: 12 })
  .map((lines) => `ARG A=x\nFROM a\n${lines.join('\n')}`);

const anything = fc.oneof(tricky, usual, fc.string({ unit: 'binary', maxLength: 200 }));

function pinned(text: string): string | null {
  const analysis = analyseBuild(text, { buildArgs: { A: 'given' } });
  if (!analysis.ok) return null;
  const images = new Map(analysis.images.map(({ key }) => [key, 'sha256:pinned']));
  return pinBuild(text, { images, afterFrom: 'LABEL owner=1\n', buildArgs: { A: 'given' } });
}

/** Names of images as dockerfile-ast finds them, a second reader. */
function namesIn(text: string): { bases: string[]; sources: string[]; stages: string[] } {
  const bases: string[] = [];
  const sources: string[] = [];
  const stages: string[] = [];
  const visit = (instruction: Instruction): void => {
    if (instruction instanceof From) {
      bases.push(instruction.getImage() ?? '');
      stages.push(instruction.getBuildStage() ?? '', String(stages.length / 2));
    } else if (instruction instanceof Copy) {
      const value = instruction.getFromFlag()?.getValue();
      if (value !== undefined && value !== null) sources.push(value);
    } else if (instruction instanceof Onbuild) {
      const trigger = instruction.getTriggerInstruction();
      if (trigger !== null) visit(trigger);
    }
  };
  for (const instruction of DockerfileParser.parse(text).getInstructions()) visit(instruction);
  return { bases, sources, stages };
}

test('whatever is pinned names nothing but stages and pins, for a second reader too', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const result = pinned(text);
      if (result === null) return;
      const { bases, sources, stages } = namesIn(result);
      for (const name of [...bases, ...sources]) {
        expect(['sha256:pinned', 'scratch', ...stages]).toContain(name);
      }
      expect(result.split('\n').filter((each) => /^FROM /i.test(each))).toHaveLength(bases.length);
      expect(result.split('LABEL owner=1\n').length - 1).toBeGreaterThanOrEqual(bases.length);
    }),
    runs(1000),
  );
});

test('what is pinned is judged as before, and pinning it again changes nothing but the pins', () => {
  fc.assert(
    fc.property(usual, (text) => {
      const result = pinned(text);
      if (result === null) return;
      const again = analyseBuild(result, {});
      expect(again).toMatchObject({ ok: true });
      const names = again.ok ? again.images.map(({ reference }) => reference) : [];
      expect(new Set(names)).toEqual(new Set(names.length === 0 ? [] : ['sha256:pinned']));
    }),
    runs(300),
  );
});

test('nothing is too strange to be read, judged and looked through', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const { instructions } = readDockerfile(text);
      for (const { startOffset, endOffset, text: own } of instructions) {
        expect(text.slice(startOffset, endOffset)).toBe(own);
      }
      const starts = instructions.map(({ startOffset }) => startOffset);
      expect(starts).toEqual(starts.toSorted((a, b) => a - b));
      for (const { line: at, column } of lintDockerfile(text)) {
        expect(at).toBeGreaterThan(0);
        expect(column).toBeGreaterThan(0);
      }
    }),
    runs(1000),
  );
});
