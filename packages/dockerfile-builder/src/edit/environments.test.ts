import { describe, expect, test } from 'vitest';
import { editDockerfile } from './edit-dockerfile.ts';
import { packagesOf } from './packages-of.ts';
import type { DockerfileEdit } from './types.ts';

const file = (...lines: string[]) => `${lines.join('\n')}\n`;
const add = (...packages: string[]): DockerfileEdit => ({ kind: 'add-packages', packages });
const remove = (...packages: string[]): DockerfileEdit => ({ kind: 'remove-packages', packages });
const addSystem = (...packages: string[]): DockerfileEdit => ({ kind: 'add-system', packages });

function edited(text: string, ...edits: DockerfileEdit[]): string {
  const result = editDockerfile(text, edits);
  return result.ok ? result.text : result.problems.map(({ code }) => code).join();
}

const addedLines = (before: string, after: string) =>
  after.split('\n').filter((line) => !before.split('\n').includes(line));

describe('how pip is called', () => {
  test.each([
    'pip --no-cache-dir install',
    'pip --proxy http://x:1 -q install',
    'python -m pip --disable-pip-version-check install',
    'python3 -u -m pip install',
    'uv --no-cache pip install',
    'env CC=gcc LD=x pip install',
    'sudo -H pip3 install',
    'conda run -n py37 pip install',
    'conda run --no-capture-output --name=py37 python -m pip install',
    'micromamba run -p /x pip install',
  ])('%s', (tool) => {
    const text = file('FROM a', `RUN ${tool} x`);
    expect(packagesOf(text).python).toEqual([{ spec: 'x', name: 'x', line: 2 }]);
    expect(edited(text, add('z'))).toBe(file('FROM a', `RUN ${tool} x z`));
    expect(edited(text, remove('x'))).toBe(file('FROM a'));
    const fromFile = file('FROM a', `RUN ${tool} -r x.txt`);
    const after = edited(fromFile, add('z'));
    expect(after).toBe(`${fromFile}RUN ${tool} \\\n    z\n`);
    expect(edited(after, remove('z'))).toBe(fromFile);
  });

  test('versions with a star are versions, other patterns are not', () => {
    const text = file(
      'FROM a',
      'RUN apt-get install -y git=1:2.* lib*-dev',
      'RUN pip install x==24.4.* dist/*.whl y*',
    );
    expect(packagesOf(text)).toMatchObject({
      python: [{ spec: 'x==24.4.*', name: 'x' }],
      system: [{ name: 'git' }],
    });
    expect(edited(text, add('x==25.*'))).toBe(text.replace('x==24.4.*', "'x==25.*'"));
  });
});

describe('a further RUN works in the environment of those before it', () => {
  test.each([
    '. /opt/venv/bin/activate && ',
    'source activate py37 && ',
    'eval "$(conda shell.bash hook)" && conda activate py37 && ',
    'export PATH=/opt/x/bin:$PATH && ',
  ])('%s', (activation) => {
    const text = file('FROM a', `RUN ${activation}pip install -r x.txt && echo done`);
    const after = edited(text, add('z'));
    expect(after).toBe(`${text}RUN ${activation}pip install \\\n    z\n`);
    expect(edited(after, add('y'))).toBe(after.replace('    z', '    z \\\n    y'));
    expect(edited(after, remove('z'))).toBe(text);
  });

  test('that is activated with a semicolon', () => {
    const text = file('FROM a', 'RUN . /v/bin/activate; cd /x; pip install -r x.txt');
    expect(addedLines(text, edited(text, add('z')))).toEqual([
      'RUN . /v/bin/activate && pip install \\',
      '    z',
    ]);
  });

  test('that the stage below has', () => {
    const text = file('FROM a AS b', 'RUN /v/bin/pip install x', 'FROM b', 'CMD ["x"]');
    expect(addedLines(text, edited(text, add('z')))).toEqual([
      'RUN /v/bin/pip install \\',
      '    z',
    ]);
  });

  test('whose user and shell the stage below sets', () => {
    const text = file('FROM a AS b', 'RUN x', 'USER me', 'FROM b', 'RUN y');
    expect(edited(text, addSystem('zz')).startsWith('FROM a AS b\nRUN apt-get update')).toBe(true);
    const root = file('FROM a AS b', 'USER me', 'FROM b', 'USER root', 'RUN y');
    expect(edited(root, addSystem('zz'))).toContain('USER root\nRUN apt-get update');
    const shell = file('FROM a AS b', 'SHELL ["cmd", "/S"]', 'FROM b', 'RUN y');
    expect(edited(shell, add('z'))).toBe('edit.unsafe');
  });
});

describe('refused', () => {
  test.each([
    ['nothing runs in an empty image', file('FROM a', 'FROM scratch', 'COPY --from=0 /x /x')],
    ['nothing runs in what is built on one', file('FROM scratch AS b', 'COPY x /', 'FROM b')],
  ])('%s', (_why, text) => {
    expect(edited(text, add('z'))).toBe('edit.unsafe');
    expect(edited(text, addSystem('zz'))).toBe('edit.unsafe');
    expect(edited(text, { kind: 'add-requirements', path: 'x.txt' })).toBe('edit.unsafe');
  });

  test('but an image that is copied as a whole has its programs', () => {
    const text = file('FROM a', 'FROM scratch', 'COPY --from=0 / /');
    expect(edited(text, add('z'))).toContain('pip install');
  });

  test.each([
    file('FROM node:20-alpine'),
    file('FROM a', 'RUN apk add --no-cache git'),
    file('FROM a AS b', 'RUN set -e; dnf install -y git && dnf clean all', 'FROM b'),
  ])('Debian packages where there is no apt: %j', (text) => {
    expect(edited(text, addSystem('zz'))).toBe('edit.unsafe');
    expect(edited(text, add('z'))).toContain('pip install');
  });

  test('what is named far too often, what is far too long', () => {
    const runs = (count: number) =>
      file('FROM a', ...Array<string>(count).fill('RUN pip install x'));
    expect(edited(runs(20), remove('x'))).toBe(file('FROM a'));
    expect(edited(runs(50), remove('x'))).toBe('edit.unsafe');
    expect(edited(runs(2001), add('x'))).toBe('dockerfile.too-long');
    expect(packagesOf(runs(2001)).python).toEqual([]);
  });
});
