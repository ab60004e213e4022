import { describe, expect, test } from 'vitest';
import { parseCondaEnvironment } from './environment.ts';
import { parseCondaExplicit } from './explicit.ts';
import { parseCondaSpec } from './match-spec.ts';

describe('a package as conda writes it', () => {
  test.each<[string, string | null, string, string, string | null]>([
    ['numpy', null, 'numpy', '', null],
    ['NumPy=1.26', null, 'numpy', '=1.26', null],
    ['numpy==1.26.4', null, 'numpy', '==1.26.4', null],
    ['numpy >=1.26, <2', null, 'numpy', '>=1.26,<2', null],
    ['numpy=1.26.4=py312_0', null, 'numpy', '=1.26.4', 'py312_0'],
    ['conda-forge::pytorch=2.*', 'conda-forge', 'pytorch', '=2.*', null],
    ['nvidia/label/cuda-12.4::cuda-toolkit', 'nvidia/label/cuda-12.4', 'cuda-toolkit', '', null],
    ["pytorch[version='>=2.1',build=*cuda*]", null, 'pytorch', '>=2.1', '*cuda*'],
    ['_libgcc_mutex', null, '_libgcc_mutex', '', null],
  ])('%s', (text, ...parts) => {
    const [channel, name, version, build] = parts;
    expect(parseCondaSpec(text)).toEqual({ channel, name, version, build });
  });

  test.each(['', '=1', 'a b c d;', 'a; rm -rf /', 'a\nRUN x', 'x@y', 'numpy [', '$(id)'])(
    '%j is none',
    (text) => {
      expect(parseCondaSpec(text)).toBeNull();
    },
  );
});

describe('an environment.yml', () => {
  const text = `name: thesis
channels:
  - conda-forge
  - defaults
dependencies:
  - python=3.12
  - conda-forge::pytorch>=2.1
  - pip
  - pip:
      - transformers[torch]>=4.50
      - -r more.txt
variables:
  HF_HOME: /workspace/.cache
  LEVEL: 1.10
`;

  test('has channels, packages, what pip installs, variables', () => {
    expect(parseCondaEnvironment(text)).toMatchObject({
      ok: true,
      environment: {
        name: 'thesis',
        channels: ['conda-forge', 'defaults'],
        packages: [
          { name: 'python', version: '=3.12', line: 6 },
          { name: 'pytorch', channel: 'conda-forge', version: '>=2.1', line: 7 },
          { name: 'pip', line: 8 },
        ],
        pip: [
          { kind: 'package', requirement: { name: 'transformers' }, line: 10, column: 9 },
          { kind: 'file', path: 'more.txt', line: 11 },
        ],
        variables: { HF_HOME: '/workspace/.cache', LEVEL: '1.10' },
      },
      warnings: [],
    });
  });

  test('may be empty', () => {
    expect(parseCondaEnvironment('')).toMatchObject({ ok: true, environment: { packages: [] } });
    expect(parseCondaEnvironment('name: x\ndependencies:\n')).toMatchObject({ ok: true });
  });

  test.each<[string, number, number, string]>([
    ['name: x\nname: y\n', 2, 1, 'unique'],
    ['- numpy\n', 1, 1, 'an environment begins with'],
    ['dependencies: numpy\n', 1, 15, 'dependencies must be a list'],
    ['dependencies:\n  - numpy\n  - a; rm\n', 3, 5, 'this is no package as conda writes it'],
    ['dependencies:\n  - 3.12\n', 2, 5, 'a package was expected here'],
    ['dependencies:\n  - npm:\n    - x\n', 2, 5, 'npm: is no installer'],
    ['dependencies:\n  - pip:\n    - pandas=2\n', 3, 7, 'a version condition'],
    ['channels: x\n', 1, 11, 'channels must be a list'],
  ])('%j is refused at %i:%i', (broken, line, column, message) => {
    const result = parseCondaEnvironment(broken);
    expect(result.ok ? [] : result.problems[0]).toMatchObject({ line, column });
    expect(result.ok ? '' : result.problems[0]?.message.toLowerCase()).toContain(
      message.toLowerCase(),
    );
  });

  test.each(['[x] ', '"', 'a:\n', '{a: '])('made of %j without end is refused at once', (part) => {
    const result = parseCondaEnvironment(part.repeat(300_000));
    expect(result).toMatchObject({ ok: false, problems: [{ line: 1 }] });
    expect(result.ok ? [] : result.problems).toHaveLength(1);
  });

  test('has warnings for what conda does not know, a prefix, and pip that is missing', () => {
    const odd = 'nmae: x\nprefix: /home/x\ndependencies:\n  - python\n  - pip:\n    - numpy\n';
    expect(parseCondaEnvironment(odd)).toMatchObject({
      ok: true,
      warnings: [
        { line: 1, message: 'conda does not know nmae:' },
        { line: 2, message: expect.stringContaining('prefix') },
        { line: 4, hint: 'add "- pip"' },
      ],
    });
  });
});

describe('an explicit lock', () => {
  const numpy = 'https://conda.anaconda.org/conda-forge/linux-64/numpy-2.3.1-py312h1_0.conda';
  const six = 'https://conda.anaconda.org/conda-forge/noarch/six-1.17.0-pyhd8ed1ab_0.tar.bz2';

  test('has addresses, names, versions and hashes', () => {
    const text = `# platform: linux-64\n@EXPLICIT\n${numpy}#${'a'.repeat(32)}\n${six}#sha256:${'b'.repeat(64)}\r\n`;
    expect(parseCondaExplicit(text)).toEqual({
      ok: true,
      packages: [
        {
          url: numpy,
          name: 'numpy',
          version: '2.3.1',
          build: 'py312h1_0',
          platform: 'linux-64',
          hash: { algorithm: 'md5', digest: 'a'.repeat(32) },
          line: 3,
        },
        {
          url: six,
          name: 'six',
          version: '1.17.0',
          build: 'pyhd8ed1ab_0',
          platform: 'noarch',
          hash: { algorithm: 'sha256', digest: 'b'.repeat(64) },
          line: 4,
        },
      ],
      warnings: [],
    });
  });

  test('without @EXPLICIT, or with lines that are no package, is refused', () => {
    expect(parseCondaExplicit('numpy=1\n', { file: 'conda-linux-64.lock' })).toMatchObject({
      ok: false,
      problems: [
        { file: 'conda-linux-64.lock', line: 1, message: 'there is no line @EXPLICIT' },
        { line: 1, message: 'the address of a package was expected here' },
      ],
    });
    expect(
      parseCondaExplicit(`@EXPLICIT\n${numpy}#zz\nhttps://host.example.org/x\n`),
    ).toMatchObject({
      problems: [{ line: 2 }, { line: 3 }],
    });
  });

  test('has warnings for credentials, which are taken out, and for other systems', () => {
    const secret = 'https://me:canary@conda.example.org/t/canary-2/osx-64/a-1-0.conda';
    const result = parseCondaExplicit(`@EXPLICIT\n${secret}\n`);
    expect(result).toMatchObject({ ok: true, warnings: [{ line: 2 }, { line: 2 }] });
    expect(JSON.stringify(result)).not.toContain('canary');
  });
});
