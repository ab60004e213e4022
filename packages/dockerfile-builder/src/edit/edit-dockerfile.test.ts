import { describe, expect, test } from 'vitest';
import { corpusText } from '../../fixtures/corpus/texts.ts';
import { editDockerfile } from './edit-dockerfile.ts';
import { packagesOf } from './packages-of.ts';
import type { DockerfileEdit } from './types.ts';

const file = (...lines: string[]) => `${lines.join('\n')}\n`;
const add = (...packages: string[]): DockerfileEdit => ({ kind: 'add-packages', packages });
const remove = (...packages: string[]): DockerfileEdit => ({ kind: 'remove-packages', packages });
const addSystem = (...packages: string[]): DockerfileEdit => ({ kind: 'add-system', packages });
const removeSystem = (...packages: string[]): DockerfileEdit => ({
  kind: 'remove-system',
  packages,
});

function edited(text: string, ...edits: DockerfileEdit[]): string {
  const result = editDockerfile(text, edits);
  return result.ok ? result.text : result.problems.map(({ code }) => code).join();
}

describe('adding', () => {
  test('goes on in the layout of the last line', () => {
    expect(edited(file('FROM a', 'RUN pip install x \\', '\ty'), add('z>=1', 'w[e]'))).toBe(
      file('FROM a', 'RUN pip install x \\', '\ty \\', "\t'z>=1' \\", "\t'w[e]'"),
    );
    expect(edited(file('FROM a', 'RUN pip install x && echo'), add('z'))).toBe(
      file('FROM a', 'RUN pip install x z && echo'),
    );
  });

  test('is a RUN of its own before what configures the image, with the pip that the file uses', () => {
    const text = file('FROM a', 'RUN python3 -m pip install -q -r x.txt', 'COPY . .', 'CMD ["x"]');
    expect(edited(text, add('z'))).toBe(
      text.replace('COPY', 'RUN python3 -m pip install -q \\\n    z\nCOPY'),
    );
    const plain = file('FROM a', 'ENV PIP_BREAK_SYSTEM_PACKAGES=1', 'EXPOSE 1', 'CMD ["x"]');
    expect(edited(plain, add('z'))).toBe(
      plain.replace('EXPOSE', 'RUN pip install --no-cache-dir \\\n    z\nEXPOSE'),
    );
  });

  test('happens as root: before a USER, behind a way back', () => {
    const lines = (text: string) => text.split('\n').map((line) => line.split(' ', 2).join(' '));
    expect(lines(edited(file('FROM a', 'USER me', 'RUN x'), addSystem('zz'))).slice(0, 2)).toEqual([
      'FROM a',
      'RUN apt-get',
    ]);
    const back = edited(file('FROM a', 'USER me', 'RUN x', 'USER root', 'RUN y'), add('z'));
    expect(lines(back).slice(4, 6)).toEqual(['RUN y', 'RUN PIP_BREAK_SYSTEM_PACKAGES=1']);
  });

  test('extends the part that the file keeps for it', () => {
    const text = corpusText('generated-by-image-create');
    expect(edited(text, add('z'), add('y'))).toContain(
      '# Custom additional packages\nRUN pip install --no-cache-dir \\\n    z \\\n    y\n\nRUN groupadd',
    );
  });

  test('keeps another version than asked for nowhere, and any version where any will do', () => {
    const text = file(
      'FROM a',
      'RUN pip install \\',
      '    "Scikit_Learn>=1" \\',
      '    pandas>=2.0',
    );
    const result = editDockerfile(text, [add('pandas>=2.0', 'scikit-learn', 'scikit.learn')]);
    expect(result).toMatchObject({
      text: text.replace('pandas>=2.0', "'pandas>=2.0'"),
      alreadyThere: ['scikit-learn'],
      notices: ['Line 2: pandas>=2.0 had no quotes, so the shell took it for a redirect.'],
    });
    expect(editDockerfile(text, [add('scikit-learn==1.5')])).toMatchObject({
      text: text.replace('"Scikit_Learn>=1"', 'scikit-learn==1.5'),
      notices: ['Line 2: Scikit_Learn>=1 is now scikit-learn==1.5.'],
    });
  });

  test('leaves commands alone that install from elsewhere, under a condition or with variables', () => {
    for (const run of [
      'RUN pip install --index-url https://x y',
      'RUN pip install -e .',
      'RUN pip install y || true',
      'RUN if x; then pip install y; fi',
      'RUN pip install $Y y',
      'RUN pip install y | tee log',
      'RUN ["pip", "install", "y"]',
      'RUN <<E\npip install y\nE',
      'RUN pip install -U pip',
    ]) {
      const text = file('FROM a', run);
      expect(edited(text, add('z')).startsWith(text)).toBe(true);
    }
  });

  test('to apt goes where apt is, unless that RUN removes things again', () => {
    const text = file(
      'FROM a',
      'RUN apt-get update && apt-get install -y bb && rm -rf /x',
      'RUN pip install y',
    );
    expect(edited(text, addSystem('g++=4:12'))).toBe(text.replace('-y bb', '-y bb g++=4:12'));
    const purge = corpusText('apt-build-and-purge');
    expect(edited(purge, addSystem('tree')).startsWith(purge)).toBe(true);
    expect(editDockerfile(text, [addSystem('bb')])).toMatchObject({
      changed: false,
      alreadyThere: ['bb'],
    });
  });

  test('copies a requirements file and installs from it, once', () => {
    const path = 'my files/req.txt';
    const text = edited(file('FROM a', 'RUN pip install b'), { kind: 'add-requirements', path });
    expect(text).toBe(
      file(
        'FROM a',
        'RUN pip install b',
        'COPY ["my files/req.txt", "/tmp/ds01/my files/req.txt"]',
        "RUN pip install -r '/tmp/ds01/my files/req.txt'",
      ),
    );
    expect(editDockerfile(text, [{ kind: 'add-requirements', path }])).toMatchObject({
      changed: false,
      alreadyThere: [path],
    });
  });
});

describe('removing', () => {
  test('keeps comments, and lets no line go on into the next instruction', () => {
    const text = file('FROM a', 'RUN pip install x \\', '    # why y', '    y', 'CMD ["x"]');
    expect(edited(text, remove('y'))).toBe(
      file('FROM a', 'RUN pip install x', '    # why y', 'CMD ["x"]'),
    );
    expect(edited(text, remove('x'))).toBe(
      file('FROM a', 'RUN pip install \\', '    # why y', '    y', 'CMD ["x"]'),
    );
    expect(edited(text, remove('x', 'y'))).toBe(file('FROM a', 'CMD ["x"]'));
  });

  test('takes the command out of a chain, and the RUN when it served nothing else', () => {
    const text = file('FROM a', 'RUN echo 1 && \\', '    pip install x && \\', '    echo 2');
    expect(edited(text, remove('x'))).toBe(file('FROM a', 'RUN echo 1 && \\', '    echo 2'));
    const apt = file(
      'FROM a',
      'RUN apt-get update \\',
      ' && apt-get install -y xx \\',
      ' && rm -rf /var/lib/apt/lists/*',
    );
    expect(edited(apt, removeSystem('xx'))).toBe(file('FROM a'));
  });

  test('finds a package by its name in every RUN and stage that the image is made of', () => {
    const text = file(
      'FROM a AS build',
      'RUN pip install Zope.Interface x',
      'FROM a',
      'COPY --from=build /x /x',
      'RUN uv pip install "zope-interface[test]>=1" y',
    );
    expect(edited(text, remove('zope_interface>=7'))).toBe(
      text.replace(' Zope.Interface', '').replace(' "zope-interface[test]>=1"', ''),
    );
  });

  test('says what it did not find, and where that may come from', () => {
    const text = corpusText('pip-requirements');
    expect(editDockerfile(text, [remove('numpy')])).toMatchObject({
      changed: false,
      notFound: ['numpy'],
      notices: ['numpy may come from requirements.txt (line 5): take it out of that file.'],
    });
  });
});

describe('refused', () => {
  test.each<[DockerfileEdit, string]>([
    [add('x', '-r y'), 'edit.package'],
    [add('x\nRUN y'), 'edit.package'],
    [add('x; rm -rf /'), 'edit.package'],
    [add('x`id`'), 'edit.package'],
    [add('./x'), 'edit.package'],
    [addSystem('x && y'), 'edit.package'],
    [addSystem('x-'), 'edit.package'],
    [addSystem('-o=x'), 'edit.package'],
    [remove(''), 'edit.package'],
    [{ kind: 'add-requirements', path: '../x' }, 'edit.path'],
    [{ kind: 'add-requirements', path: '/etc/x' }, 'edit.path'],
    [{ kind: 'add-requirements', path: 'x\ny' }, 'edit.path'],
    [{ kind: 'add-requirements', path: '-x' }, 'edit.path'],
  ])('%j', (edit, code) => {
    expect(edited(file('FROM a', 'RUN pip install a'), edit)).toBe(code);
  });

  test('files that builders read differently, that have no FROM, whose shell is unknown', () => {
    expect(edited(file('FROM a', 'RUN x \\\\', 'RUN y'), add('z'))).toBe(
      'dockerfile.double-escape',
    );
    expect(edited(file('RUN x'), add('z'))).toBe('dockerfile.no-from');
    expect(edited(corpusText('shell-unknown'), add('z'))).toBe('edit.unsafe');
  });

  test('one of several edits refuses them all', () => {
    expect(editDockerfile(file('FROM a'), [add('x'), add('-y')])).toMatchObject({ ok: false });
  });
});

test('what a file installs is known with its lines; files by their path in the context', () => {
  expect(packagesOf(corpusText('cuda'))).toMatchObject({
    base: 'nvidia/cuda:${CUDA}-cudnn-runtime-ubuntu22.04',
    system: [{ name: 'python3', line: 4 }, { name: 'python3-pip' }, { name: 'git' }],
    python: [
      { spec: 'torch==2.5.1', name: 'torch', line: 9 },
      { name: 'transformers', line: 10 },
      { spec: 'datasets>=3.0,<4' },
      { name: 'accelerate' },
    ],
  });
  const text = file(
    'FROM a',
    'WORKDIR /app/x',
    'COPY . /src',
    'COPY deps/dev.txt ../',
    'COPY a.txt b.txt /r/',
    'RUN pip install -r /src/r/base.txt -r ../dev.txt --requirement=/r/b.txt -r /elsewhere.txt',
  );
  expect(packagesOf(text).requirementFiles.map(({ path }) => path)).toEqual([
    'r/base.txt',
    'deps/dev.txt',
    'b.txt',
    '/elsewhere.txt',
  ]);
});
