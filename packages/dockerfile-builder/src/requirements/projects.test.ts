import { describe, expect, test } from 'vitest';
import { parsePyproject } from './pyproject.ts';
import { parseUvLock } from './uv-lock.ts';

const pyproject = `[build-system]
requires = ["hatchling"]

[project]
name = "thesis"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = [
  "torch>=2.1; python_version<'3.13'",
  "transformers[torch]~=4.50",
]

[project.optional-dependencies]
plot = ["matplotlib"]

[dependency-groups]
test = ["pytest>=8"]
dev = [{ include-group = "test" }, "ruff"]

[tool.uv]
dev-dependencies = ["mypy"]

[tool.uv.sources]
mylib = { path = "../mylib" }

[tool.ds01]
type = "nlp"
`;

describe('a pyproject.toml', () => {
  test('has dependencies, extras and groups, each with its line', () => {
    expect(parsePyproject(pyproject)).toMatchObject({
      ok: true,
      project: {
        name: 'thesis',
        requiresPython: '>=3.11',
        dependencies: [
          { requirement: { name: 'torch', marker: "python_version<'3.13'" }, line: 9 },
          { spec: 'transformers[torch]~=4.50', line: 10 },
        ],
        extras: { plot: [{ spec: 'matplotlib', line: 14 }] },
        groups: {
          test: [{ kind: 'package', spec: 'pytest>=8' }],
          dev: [
            { kind: 'include', group: 'test' },
            { kind: 'package', spec: 'ruff' },
            { kind: 'package', spec: 'mypy', line: 21 },
          ],
        },
        usesUv: true,
        uvSources: ['mylib'],
      },
      warnings: [],
    });
  });

  test('without [project] is refused, Poetry’s with what to do', () => {
    expect(parsePyproject('')).toMatchObject({
      ok: false,
      problems: [{ line: 1, column: 1, message: 'there is no [project] table' }],
    });
    expect(parsePyproject('[tool.poetry]\nname = "x"\n')).toMatchObject({
      problems: [{ hint: expect.stringContaining('poetry export') }],
    });
  });

  test('that is no TOML is refused with its place', () => {
    expect(parsePyproject('[project]\nname = thesis\n')).toMatchObject({
      ok: false,
      problems: [{ file: 'pyproject.toml', line: 2 }],
    });
  });

  test('says where a requirement is wrong', () => {
    const text = '[project]\nname = "x"\ndependencies = [\n  "numpy",\n  "pandas=2",\n]\n';
    expect(parsePyproject(text)).toMatchObject({
      ok: false,
      problems: [{ line: 5, column: 10, hint: 'a version is compared with ==, not with =' }],
    });
  });

  test('of another form than it should have is refused', () => {
    expect(parsePyproject('[project]\nname = "x"\ndependencies = "numpy"\n')).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining('project.dependencies') }],
    });
  });

  test('whose groups include one that is missing is refused', () => {
    const text = '[project]\nname = "x"\n[dependency-groups]\ndev = [{ include-group = "none" }]\n';
    expect(parsePyproject(text)).toMatchObject({ ok: false, problems: [{ line: 4 }] });
  });

  test('whose dependencies are made by a tool has a warning', () => {
    expect(parsePyproject('[project]\nname = "x"\ndynamic = ["dependencies"]\n')).toMatchObject({
      ok: true,
      warnings: [{ line: 3 }],
    });
  });
});

describe('a uv.lock', () => {
  const lock = `version = 1
revision = 3
requires-python = ">=3.12"

[[package]]
name = "numpy"
version = "2.3.1"
source = { registry = "https://pypi.org/simple" }
wheels = []

[[package]]
name = "thesis"
source = { virtual = "." }

[[package]]
name = "x"
version = "1.0"
source = { git = "https://host.example.org/x?rev=v1#abc" }
`;

  test('has names and versions', () => {
    expect(parseUvLock(lock)).toEqual({
      ok: true,
      requiresPython: '>=3.12',
      packages: [
        { name: 'numpy', version: '2.3.1', source: 'index' },
        { name: 'thesis', version: null, source: 'project' },
        { name: 'x', version: '1.0', source: 'git' },
      ],
    });
  });

  test('of another format, or something else, is refused', () => {
    expect(parseUvLock('version = 2\n')).toMatchObject({ ok: false });
    expect(parseUvLock('a = 1\n')).toMatchObject({ ok: false });
    expect(parseUvLock('version = = 1\n')).toMatchObject({ ok: false, problems: [{ line: 1 }] });
  });
});
