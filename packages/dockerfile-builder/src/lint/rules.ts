import type { LintSeverity } from './types.ts';

/** Every lint rule: its severity and what it is about. The reference is made from this table. */
export const lintRules = {
  'add-remote': {
    severity: 'warning',
    summary: 'ADD fetches from the network, unchecked and without a cache; sites may refuse it.',
  },
  'apt-lists-kept': {
    severity: 'warning',
    summary: 'apt-get install without removing /var/lib/apt/lists in the same RUN.',
  },
  'base-latest': {
    severity: 'warning',
    summary: 'The base has the tag latest, which is another image every few weeks.',
  },
  'base-unpinned': { severity: 'warning', summary: 'The base has neither tag nor digest.' },
  'copy-before-install': {
    severity: 'info',
    summary:
      'The whole context is copied before packages are installed, so every change of a file installs anew.',
  },
  'large-context': {
    severity: 'warning',
    summary: 'Data of more than 100 MB goes into the context; mount it instead.',
  },
  'needs-buildkit': {
    severity: 'error',
    summary: 'A heredoc, RUN --mount and the like, which the builder here does not run.',
  },
  'no-dockerignore': {
    severity: 'warning',
    summary: 'The whole context is copied and there is no .dockerignore.',
  },
  'pip-redirect': {
    severity: 'error',
    summary: 'A version condition without quotes is a redirect: the version is lost.',
  },
  'pip-unpinned': {
    severity: 'info',
    summary: 'Python packages without an exact version: a rebuild may bring others.',
  },
  'root-at-end': { severity: 'info', summary: 'The image runs as root unless told otherwise.' },
  'secret-in-image': {
    severity: 'error',
    summary: 'A password, token or key in ENV or ARG can be read by everybody who has the image.',
  },
  'shell-form-command': {
    severity: 'info',
    summary: 'CMD or ENTRYPOINT in shell form: a shell stands between the program and its signals.',
  },
  'swallowed-instruction': {
    severity: 'warning',
    summary:
      'An instruction that the one above takes for its own, since that ends in the escape character.',
  },
  'unknown-instruction': { severity: 'error', summary: 'No builder knows the instruction.' },
  unreadable: {
    severity: 'error',
    summary: 'The build would be refused: it can be read in more than one way, or not at all.',
  },
} as const satisfies Record<string, { severity: LintSeverity; summary: string }>;
