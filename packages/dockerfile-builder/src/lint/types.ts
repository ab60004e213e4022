import type { lintRules } from './rules.ts';

/** How much a finding matters: an `error` can't be built or is a hazard. */
export type LintSeverity = 'error' | 'warning' | 'info';

/** Id of a rule; ids never change their meaning. */
export type LintRule = keyof typeof lintRules;

/** Something worth changing. Lines and columns count from 1. */
export interface LintFinding {
  readonly rule: LintRule;
  readonly severity: LintSeverity;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
}

/** What is known of the build besides the Dockerfile. */
export interface LintOptions {
  /** Whether there is a `.dockerignore`; nothing is said of it without. */
  readonly hasDockerignore?: boolean;
  /** Size of the context that would be sent. */
  readonly contextBytes?: number;
  /** Files of the context worth a look. */
  readonly largeFiles?: readonly { readonly path: string; readonly bytes: number }[];
}
