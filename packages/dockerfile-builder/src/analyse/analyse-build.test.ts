import { describe, expect, test } from 'vitest';
import { analyseBuild, analyseTriggers } from './analyse-build.ts';
import { pinBuild } from './pin-build.ts';

const references = (text: string, options = {}) => {
  const analysis = analyseBuild(text, options);
  return analysis.ok ? analysis.images.map(({ reference }) => reference) : analysis.problems;
};
const codes = (text: string, options = {}) => {
  const analysis = analyseBuild(text, options);
  return analysis.ok ? analysis : analysis.problems.map(({ code }) => code);
};
const pin = (text: string, options = {}) => {
  const analysis = analyseBuild(text, options);
  const images = analysis.ok ? analysis.images : [];
  return pinBuild(text, {
    ...options,
    images: new Map(images.map(({ key }, index) => [key, `sha256:${index}`])),
    afterFrom: 'LABEL o=1',
  });
};

describe('images', () => {
  test('stages are none, by name in any case and by number', () => {
    const text =
      'FROM a AS Build\nFROM BUILD as two\nFROM scratch\nCOPY --from=Two /x /y\nCOPY --from=0 /x /y';
    expect(references(text)).toEqual(['a']);
    expect(pin(text)).toBe(
      'FROM sha256:0 AS build\nLABEL o=1\nFROM build AS two\nLABEL o=1\nFROM scratch\nLABEL o=1\n' +
        'COPY --from=two /x /y\nCOPY --from=0 /x /y\n',
    );
  });

  test("a stage may have its base's name", () => {
    expect(references('FROM python AS python\nFROM python')).toEqual(['python']);
  });

  test('ARGs before FROM are substituted, from defaults and from what is given', () => {
    const text = 'ARG B=a:1 T="2"\nARG U=${B:-x}-${T}\nFROM ${U:+b}${Z:-c}$T';
    expect(references(text)).toEqual(['bc2']);
    expect(references(text, { buildArgs: { T: '9' } })).toEqual(['bc9']);
    expect(pin(text)).toBe('ARG B=a:1 T="2"\nARG U=${B:-x}-${T}\nFROM sha256:0\nLABEL o=1\n');
  });

  test('what has no value is refused, ARGs behind FROM included', () => {
    expect(codes('FROM a$B')).toEqual(['dockerfile.from']);
    expect(codes('FROM a\nARG B=b\nFROM $B')).toEqual(['dockerfile.from']);
    expect(codes('ARG B\nFROM ${B?x}', { buildArgs: { B: 'b' } })).toEqual(['dockerfile.from']);
    expect(codes('FROM $(id)')).toEqual(['dockerfile.from']);
  });

  test('an ARG whose value can not be known has none, nor is its default taken', () => {
    expect(codes('ARG A=${B-x}\nFROM ${A:-y}')).toEqual(['dockerfile.from']);
    expect(codes('ARG A=${B-x}\nFROM a${A:+y}')).toEqual(['dockerfile.from']);
    expect(codes('ARG A=x\nARG A\nFROM ${A:-y}')).toEqual(['dockerfile.from']);
    expect(references('ARG A\nFROM ${A:-y}')).toEqual(['y']);
  });

  test('quotes and escapes are resolved in FROM', () => {
    expect(references('FROM "ds01-bob"/\'x\'\\y')).toEqual(['ds01-bob/xy']);
  });

  test('platforms belong to the key; the own one counts as none', () => {
    const analysis = analyseBuild(
      'ARG P=linux/arm64\nFROM --platform=$P a\nFROM --platform=$BUILDPLATFORM a',
    );
    expect(analysis).toMatchObject({
      images: [
        { key: 'a linux/arm64', platform: 'linux/arm64' },
        { key: 'a', platform: null },
      ],
    });
  });

  test('COPY --from names images, with flags in any order, and behind ONBUILD', () => {
    const text =
      'FROM a\ncopy --chown=x --from=b@sha256:12 /x /y\nONBUILD add --chown=a b c\nONBUILD Copy --from=c / /';
    expect(references(text)).toEqual(['a', 'b@sha256:12', 'c']);
    expect(pin(text)).toContain('\nCOPY --chown=x --from=sha256:1 /x /y\n');
    expect(pin(text)).toContain('\nONBUILD Copy --from=sha256:2 / /\n');
  });

  test('mounts name images', () => {
    const text = 'FROM a\nRUN --mount=type=bind,From=b,target=/x --mount=type=cache,target=/y true';
    expect(analyseBuild(text)).toMatchObject({
      images: [{ reference: 'a' }, { reference: 'b', usedBy: 'copy' }],
      usesBuildKit: [{ line: 2, what: 'RUN --mount' }, { line: 2 }],
    });
    expect(pin(text)).toContain('type=bind,From=sha256:1,target=/x');
  });

  test.each([
    ['COPY --from "b" /x /y'],
    ['COPY --from="b" /x /y'],
    ['COPY --from=$B /x /y'],
    ['COPY --from=\\b /x /y'],
    ['COPY --from=b --from=c /x /y'],
    ['COPY --FROM=b /x /y'],
    ['COPY --from=1 /x /y'],
    ['COPY --from=+0 /x /y'],
    ['COPY --from=00 /x /y'],
    ['COPY --from=later /x /y\nFROM c AS later'],
    ['ONBUILD COPY --from=0 /x /y'],
    ['ONBUILD FROM b'],
    ['ONBUILD ONBUILD RUN x'],
    ['FROM b c'],
    ['FROM b AS 1'],
    ['FROM b AS scratch'],
    ['FROM b\u00a0'],
    ['RUN --mount=type=bind,"from=b",target=/x true'],
    ['INCLUDE b'],
    ['RUN x \\\\\nFROM b'],
    ['RUN <<EOF\nFROM b\nEOF'],
    ['COPY --from=scratch / /'],
    ['COPY --fröm=b / /'],
  ])('%j is refused', (line) => {
    const analysis = analyseBuild(`FROM a\n${line}\n`);
    expect(analysis.ok).toBe(false);
  });

  test('before FROM only ARG may stand; without FROM there is no build', () => {
    expect(codes('RUN x\nFROM a')).toEqual(['dockerfile.no-from']);
    expect(codes('# nothing\n')).toEqual(['dockerfile.no-from']);
  });

  test('stages behind the target count neither for the analysis nor for the build', () => {
    const text = 'FROM a AS x\nRUN 1\nFROM b\nRUN 2';
    expect(references(text, { target: 'X' })).toEqual(['a']);
    expect(pin(text, { target: '0' })).toBe('FROM sha256:0 AS x\nLABEL o=1\nRUN 1\n');
    expect(codes(text, { target: 'none' })).toEqual(['dockerfile.no-target']);
  });
});

describe('sources', () => {
  const sources = (line: string) => {
    const analysis = analyseBuild(`FROM a\n${line}`);
    return analysis.ok
      ? { remote: analysis.remoteSources.map(({ kind }) => kind), context: analysis.contextSources }
      : analysis.problems.map(({ code }) => code);
  };

  test.each([
    ['ADD http://x/y /z', 'url'],
    ['add --chown=a "https://x/y" /z', 'url'],
    ['ADD ["http://x", "/y"]', 'url'],
    ['ADD [ "\\u0068ttp://x", "/y" ]', 'url'],
    ["ADD h't'tp://x /y", 'url'],
    ['ADD HTTP\\://x /y', 'url'],
    ['ADD \\\n# comment\n  http://x /y', 'url'],
    ['ADD git@host:x.git /y', 'git'],
    ['ADD $X /y', 'variable'],
    ['ADD ["${X}", "/y"]', 'variable'],
    // What the variable holds is known to nobody: ENV and the base may set it.
    ['ADD ${X:-a} /y', 'variable'],
    ['ADD ${X:+a} /y', 'variable'],
    ['ADD \\$X /y', 'variable'],
    ['ONBUILD ADD http://x /y', 'url'],
    ['oNbUiLd\tAdD\thttp://x\t/y', 'url'],
  ])('%j is fetched, or may be', (line, kind) => {
    expect(sources(line)).toMatchObject({ remote: [kind] });
  });

  test('paths are relative to the context; patterns stay, variables take anything', () => {
    expect(sources('COPY a ./b/ /c ../d *.txt /x')).toMatchObject({
      context: [{ line: 2, sources: ['a', 'b', 'c', 'd', '*.txt'] }],
    });
    expect(sources('COPY . /x')).toMatchObject({ context: [{ sources: ['.'] }] });
    expect(sources('COPY ["a b", "c", "/x"]')).toMatchObject({
      context: [{ sources: ['a b', 'c'] }],
    });
    expect(sources('COPY ["--x", "/x"]')).toMatchObject({ context: [{ sources: ['--x'] }] });
    expect(sources('COPY a $B /x')).toMatchObject({ context: [{ sources: null }] });
    expect(sources('COPY ${B:-a} /x')).toMatchObject({ context: [{ sources: null }] });
    expect(sources('COPY [ab].txt /x')).toMatchObject({ context: [{ sources: ['[ab].txt'] }] });
    expect(sources('COPY --from=b /a /x')).toMatchObject({ context: [] });
  });

  test.each([
    ['COPY "--from=b" /x /y'],
    ['COPY -- --from=b /x /y'],
    ["COPY /x '-'-from=b /y"],
    ['ADD ["a", "b"] http://x /y'],
    ['ADD a'],
    ['ADD ["a", 1]'],
    ['COPY "a b /x'],
  ])('%j is refused', (line) => {
    expect(sources(line)).toEqual(['dockerfile.sources']);
  });
});

test('what is pinned has one line an instruction and no comments', () => {
  const text = '# syntax=evil/frontend\n# escape=`\nFROM a\n# c\nRUN x `\n # d\n y `\n\n `z\n';
  expect(pin(text)).toBe('# escape=`\nFROM sha256:0\nLABEL o=1\nRUN x  y  `z\n');
  expect(() => pinBuild('FROM a', { images: new Map(), afterFrom: '' })).toThrow('no pin');
  expect(() => pinBuild('RUN a', { images: new Map(), afterFrom: '' })).toThrow('not analysed');
});

test('triggers of a base are judged alike', () => {
  expect(analyseTriggers(['RUN x', 'ADD http://x /y', 'COPY --from=b / /'])).toMatchObject({
    ok: true,
    images: [{ reference: 'b', line: 3 }],
    remoteSources: [{ line: 2 }],
  });
  expect(analyseTriggers(['RUN x\nADD http://x /y'])).toMatchObject({ ok: false });
  expect(analyseTriggers(['# escape=`'])).toMatchObject({ ok: false });
});

describe('what is made to hurt', () => {
  test('an escape character behind which something invisible stands continues nothing', () => {
    const text = 'FROM a\nRUN true \\\u00a0\nFROM b\n';
    const lines = pin(text).split('\n');
    expect(lines).toContain('RUN true \\\u00a0');
    expect(lines.filter((line) => line.startsWith('FROM'))).toHaveLength(2);
  });

  test.each([
    ['a heredoc behind an invisible blank', 'RUN cat\u00a0<<EOF'],
    ['a heredoc that only another escape character shows', 'RUN echo "\\" <<EOF'],
  ])('%s is refused', (_what, line) => {
    expect(codes(`# escape=\`\nFROM a\n${line}\n`)).toContain('dockerfile.heredoc');
  });

  test('an address is one with the escapes of either kind', () => {
    const analysis = analyseBuild('# escape=`\nFROM a\nONBUILD ADD http:\\//x /y\n');
    expect(analysis).toMatchObject({ ok: true, remoteSources: [{ kind: 'url' }] });
  });

  test('values that grow without end, and variables in variables, are not substituted', () => {
    const bomb = Array.from({ length: 60 }, (_, index) => `ARG A${index + 1}=$A${index}$A${index}`);
    expect(codes(`ARG A0=xxxxxxxx\n${bomb.join('\n')}\nFROM $A60\n`)).toEqual(['dockerfile.from']);
    const deep = '${A:-'.repeat(5000) + 'a' + '}'.repeat(5000);
    expect(codes(`FROM ${deep}\n`)).toEqual(['dockerfile.from']);
  });

  test('a file of a hundred thousand instructions is refused, a few problems are told', () => {
    expect(codes('X\n'.repeat(100_000))).toEqual(['dockerfile.too-long']);
    const problems = codes(`FROM a\n${'X\n'.repeat(1500)}`);
    expect(problems).toHaveLength(50);
    expect(codes(`FROM a\n${'\u2028'.repeat(100_000)}`)).toHaveLength(50);
  });
});
