import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDockerfile } from '../document/read-dockerfile.ts';
import { corpusTexts } from '../../fixtures/corpus/texts.ts';
import { editDockerfile } from './edit-dockerfile.ts';
import { packagesOf } from './packages-of.ts';
import type { DockerfileEdit } from './types.ts';

const many = process.env['DS01_TEST_LONG'] === '1';
const runs = (few: number) => ({ numRuns: many ? few * 100 : few });

const pythonNames = ['numpy', 'Pandas', 'torch', 'scikit-learn', 'a', 'zope.interface'];
const systemNames = ['vim', 'git', 'g++', 'libgl1', 'ab'];
const spec = fc
  .tuple(
    fc.constantFrom(...pythonNames),
    fc.constantFrom('', '>=1', '==2.0', '[x]', '[x,y]<3', '; python_version<"3.12"'),
  )
  .map((parts) => parts.join(''));
const system = fc
  .tuple(fc.constantFrom(...systemNames), fc.constantFrom('', '=1.2-3', ':amd64'))
  .map((parts) => parts.join(''));

/** Lines that people write; `\n` inside of one belongs to it. */
const fragment = fc.oneof(
  fc.constantFrom(
    '# a comment',
    '',
    '  # indented',
    'ENV A=1 \\\n    B=2',
    'COPY . /x',
    'USER me',
    'USER root',
    'WORKDIR /x',
    'CMD ["x"]',
    'ENTRYPOINT x \\\n # c\n  y',
    'FROM b AS two',
    'COPY --from=two /a /b',
    'SHELL ["/bin/bash", "-c"]',
    'RUN <<EOF\npip install numpy\nEOF',
    'RUN if x; then pip install numpy; fi',
    'RUN pip install $X numpy',
    'RUN pip install numpy || true',
    'RUN pip install -r requirements.txt',
    'RUN ["pip", "install", "numpy"]',
    '# ds01: additional packages',
    '# Custom additional packages',
    '# ds01: system packages',
  ),
  fc
    .tuple(
      fc.constantFrom('RUN pip install', 'run python3 -m pip install -U', 'RUN x && pip install'),
      fc.array(spec, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(' ', ' \\\n    ', ' \\\n  # c\n\t', '\t\\  \n\n  '),
      fc.constantFrom('', ' && y', ' \\\n && y', '; z', ' > /log'),
    )
    .map(
      ([tool, specs, joint, end]) => [tool, ...specs.map((each) => `'${each}'`)].join(joint) + end,
    ),
  fc
    .tuple(
      fc.constantFrom(
        'RUN apt-get update && apt-get install -y',
        'RUN apt install',
        'RUN apt-get install -y -t x',
      ),
      fc.array(system, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(' ', ' \\\n    ', ' \\\n  # c\n  '),
      fc.constantFrom('', ' && rm -rf /var/lib/apt/lists/*', ' \\\n && apt-get purge x'),
    )
    .map(([tool, names, joint, end]) => [tool, ...names].join(joint) + end),
);

const dockerfile = fc
  .tuple(
    fc.array(fragment, { maxLength: 12 }),
    fc.constantFrom('\n', '\r\n'),
    fc.boolean(),
    fc.constantFrom('\\', '`'),
  )
  .map(([lines, newline, ends, escape]) => {
    const head = escape === '`' ? ['# escape=`'] : [];
    const text = [...head, 'FROM base AS one', ...lines].join('\n').replaceAll('\\', escape);
    return (ends ? `${text}\n` : text).replaceAll('\n', newline);
  });

const edit: fc.Arbitrary<DockerfileEdit> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('add-packages' as const, 'remove-packages' as const),
    packages: fc.array(spec, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constantFrom('add-system' as const, 'remove-system' as const),
    packages: fc.array(system, { minLength: 1, maxLength: 3 }),
  }),
  fc.constant({ kind: 'add-requirements' as const, path: 'my requirements.txt' }),
);

/** Everything that is no install: other instructions and comments between them. */
function foreign(text: string): string[] {
  const { instructions, text: whole } = readDockerfile(text);
  const others = instructions.filter(
    (each) => !/install/.test(each.logical.text) && !/COPY.*my requirements/.test(each.text),
  );
  const within = instructions.flatMap(({ startLine, endLine }) =>
    Array.from({ length: endLine - startLine + 1 }, (_, index) => startLine + index),
  );
  const between = whole
    .split(/\r?\n/)
    .filter((line, index) => !within.includes(index + 1) && line.includes('#'));
  return [...others.map((each) => each.text), ...between];
}

test('any sequence of edits keeps every foreign instruction and comment', () => {
  fc.assert(
    fc.property(dockerfile, fc.array(edit, { minLength: 1, maxLength: 5 }), (text, edits) => {
      const result = editDockerfile(text, edits);
      if (!result.ok) return;
      const now = foreign(result.text);
      for (const each of foreign(text)) expect(now).toContain(each);
      expect(readDockerfile(result.text).escape).toBe(readDockerfile(text).escape);
    }),
    runs(300),
  );
});

test('an edit made twice changes nothing the second time', () => {
  fc.assert(
    fc.property(dockerfile, edit, (text, each) => {
      const once = editDockerfile(text, [each]);
      if (!once.ok) return;
      const twice = editDockerfile(once.text, [each]);
      expect(twice).toMatchObject({ ok: true, changed: false, text: once.text });
    }),
    runs(300),
  );
});

test('adding and then removing gives the file from before, byte for byte', () => {
  fc.assert(
    fc.property(dockerfile, fc.boolean(), (text, python) => {
      const packages = python ? ['zz-new>=1', 'yy[x]'] : ['zz-new', 'yy=2'];
      const added = editDockerfile(text, [
        { kind: python ? 'add-packages' : 'add-system', packages },
      ]);
      if (!added.ok) return;
      expect(added.changed).toBe(true);
      const names = ['yy', 'ZZ-new'.toLowerCase()];
      const removed = editDockerfile(added.text, [
        { kind: python ? 'remove-packages' : 'remove-system', packages: names },
      ]);
      expect(removed).toMatchObject({ ok: true, text, notFound: [] });
    }),
    runs(300),
  );
});

test('what is added is there, what is removed is gone', () => {
  fc.assert(
    fc.property(dockerfile, spec, (text, wanted) => {
      const name = wanted
        .replace(/[^A-Za-z.-].*/, '')
        .toLowerCase()
        .replaceAll('.', '-');
      const added = editDockerfile(text, [{ kind: 'add-packages', packages: [wanted] }]);
      if (!added.ok) return;
      expect(packagesOf(added.text).python.map((each) => each.name)).toContain(name);
      const removed = editDockerfile(added.text, [{ kind: 'remove-packages', packages: [wanted] }]);
      if (!removed.ok) return;
      expect(packagesOf(removed.text).python.map((each) => each.name)).not.toContain(name);
    }),
    runs(300),
  );
});

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .tuple(fc.constantFrom('a', 'a[b]', 'a @ https://x/', 'git+https://x/'), fc.string())
    .map((parts) => parts.join('')),
  fc
    .array(
      fc.constantFrom(
        'a',
        '\n',
        '\r',
        '\\',
        '"',
        "'",
        '`',
        '$',
        '#',
        ';',
        '&',
        '|',
        '>',
        '<',
        ' ',
        '\t',
        '(',
        '\u2028',
        '\u0085',
        '\u00a0',
        'RUN x',
        '@ https://x/',
        '<<EOF',
        '==1',
        '\0',
        '$(id)',
      ),
    )
    .map((parts) => parts.join('')),
);

test('no package, name or path injects an instruction, a command or a comment', () => {
  fc.assert(
    fc.property(hostile, fc.constantFrom(...corpusTexts), (text, entry) => {
      const edits: DockerfileEdit[] = [
        { kind: 'add-packages', packages: [text] },
        { kind: 'add-system', packages: [text] },
        { kind: 'add-requirements', path: text },
      ];
      for (const each of edits) {
        const result = editDockerfile(entry.text, [each]);
        if (!result.ok || !result.changed) continue;
        const before = readDockerfile(entry.text).instructions;
        const after = readDockerfile(result.text).instructions;
        const fresh = each.kind === 'add-requirements' ? 2 : 1;
        expect(after.length - before.length).toBeLessThanOrEqual(fresh);
        const texts = before.map((instruction) => instruction.text);
        expect(after.filter((each) => !texts.includes(each.text)).length).toBeLessThanOrEqual(
          fresh,
        );
        const names = packagesOf(result.text);
        if (each.kind === 'add-packages') {
          expect(names.python.map((found) => found.spec)).toContain(text.trim());
        }
      }
    }),
    runs(300),
  );
});

test('a real shell gives pip each package as one word', () => {
  const packages = [
    'pandas>=2.0',
    'torch[extra]',
    'torch>=2.1; python_version<"3.12"',
    'git+https://example.org/x@v1#egg=x',
    "y @ https://example.org/$(id)/${HOME}'&|;*?",
    'z @ https://example.org/"quoted"#sha256=0',
  ];
  const result = editDockerfile('FROM a\nENV PIP_BREAK_SYSTEM_PACKAGES=1\n', [
    { kind: 'add-packages', packages },
  ]);
  const [, , run] = result.ok ? readDockerfile(result.text).instructions : [];
  const script = `pip() { printf '%s\\n' "$@"; }\n${run?.logical.text.slice(run.bodyAt) ?? ''}`;
  const said = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
  expect(said.stdout.split('\n')).toEqual(['install', '--no-cache-dir', ...packages, '']);
});
