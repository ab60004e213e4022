import { describe, expect, test } from 'vitest';
import { lintDockerfile } from './lint-dockerfile.ts';
import { lintRules } from './rules.ts';
import type { LintOptions } from './types.ts';

const lint = (text: string, options: LintOptions = {}) =>
  lintDockerfile(text, options).map(({ rule, line, column }) => `${line}:${column} ${rule}`);
const clean = (...lines: string[]) => ['FROM a:1', ...lines, 'USER 1000:1000', ''].join('\n');

test('a tidy file has no findings', () => {
  const text = clean(
    "RUN pip install 'a==1' 'b @ https://x/b.whl'",
    'RUN apt-get update && apt-get install -y x && rm -rf /var/lib/apt/lists/*',
    'COPY . /x',
    'ENV TOKENIZERS_PARALLELISM=false PASSWORD_FILE=/run/x',
    'CMD ["x"]',
  );
  expect(lint(text, { hasDockerignore: true, contextBytes: 10 })).toEqual([]);
});

describe('findings stand where they are', () => {
  test.each([
    ['FROM a\nUSER x', '1:6 base-unpinned'],
    ['FROM --platform=x h:5000/a \nUSER x', '1:19 base-unpinned'],
    ['FROM a:latest\nUSER x', '1:6 base-latest'],
    ['FROM a@sha256:12\nUSER root', '2:1 root-at-end'],
    [clean('RUN apt-get update && \\', '  apt-get install -y x'), '2:1 apt-lists-kept'],
    [clean('RUN pip install \\', '  # c', "  a==1 'b>=2' c"), '4:8 pip-unpinned'],
    [clean('ENV A=1 \\', ' API_TOKEN=x'), '3:2 secret-in-image'],
    [clean('ARG db_password'), '2:5 secret-in-image'],
    [clean('ENV X=ghp_0123456789012345678901'), '2:5 secret-in-image'],
    [clean('ENV DB_PASS=x'), '2:5 secret-in-image'],
    [clean('ENV DATABASE_URL=postgres://me:pw@db/x'), '2:5 secret-in-image'],
    [clean('ARG INDEX=https://me:pw@host/simple'), '2:5 secret-in-image'],
    [clean('COPY . /x', 'RUN pip install a==1'), '2:1 copy-before-install'],
    [clean('RUN x \\', '# why', 'COPY a /b'), '4:1 swallowed-instruction'],
    [clean('RUN x \\', '', 'RUN y'), '4:1 swallowed-instruction'],
    [clean('CMD x'), '2:1 shell-form-command'],
    [clean('INSTALL x'), '2:1 unknown-instruction'],
    [clean('RUN <<E', 'x', 'E'), '2:1 needs-buildkit'],
    [clean('RUN --mount=type=cache,target=/x true'), '2:1 needs-buildkit'],
    [clean('ADD https://x/y /z'), '2:5 add-remote'],
    [clean('COPY --from=$X / /'), '2:13 unreadable'],
  ])('%j', (text, finding) => {
    expect(lint(text)).toEqual([finding]);
  });

  test('a version without quotes', () => {
    expect(lint(clean('RUN pip install a>=1'))).toEqual(['2:17 pip-unpinned', '2:17 pip-redirect']);
  });
});

test('what is known of the context is judged', () => {
  const text = clean('COPY src /src', 'COPY . /x');
  expect(lint(text, { hasDockerignore: false })).toEqual(['3:1 no-dockerignore']);
  const largeFiles = [
    { path: 'src/d.bin', bytes: 200_000_000 },
    { path: 'd.bin', bytes: 200_000_000 },
    { path: 'e.bin', bytes: 2 },
  ];
  expect(lint(text, { largeFiles, contextBytes: 400_000_002 })).toEqual([
    '2:1 large-context',
    '3:1 large-context',
  ]);
  expect(lint('FROM a:1\nUSER x', { contextBytes: 200_000_000 })).toEqual(['1:1 large-context']);
});

test.each([
  'ENV DB_PASS_FILE=/run/x TOKENIZERS_PARALLELISM=false MAX_TOKENS=1 PASSTHROUGH=1',
  'ENV INDEX_URL=https://host/simple PROXY=http://proxy:3128 MAIL=me@host',
  'ENV DATABASE_URL=postgres://me:$PW@db/x',
  'RUN x \\\n  && y \\\n    USER a \\\nUSER=2',
])('nothing wrong: %s', (line) => {
  expect(lint(clean(line))).toEqual([]);
});

test('a secret is never repeated', () => {
  const findings = lintDockerfile(clean('ENV DB_PASSWORD=canary-7'));
  expect(findings).toHaveLength(1);
  expect(JSON.stringify(findings)).not.toContain('canary');
});

test('every finding has the severity of its rule', () => {
  for (const { rule, severity } of lintDockerfile('FROM a\nRUN pip install a>=1\nX')) {
    expect(severity).toBe(lintRules[rule].severity);
  }
});
