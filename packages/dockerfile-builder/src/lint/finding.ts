import { positionIn } from '../document/position-in.ts';
import type { DockerfileDocument, DockerfileInstruction } from '../document/types.ts';
import { lintRules } from './rules.ts';
import type { LintFinding, LintRule } from './types.ts';

/** What a check says. */
interface Said {
  readonly rule: LintRule;
  readonly message: string;
  readonly hint: string;
}

/** A finding at a position of an instruction's logical text; its beginning without one. */
export function findingAt(
  document: DockerfileDocument,
  instruction: DockerfileInstruction,
  { at = 0, ...said }: Said & { readonly at?: number },
): LintFinding {
  return findingOn(said, positionIn(document, instruction, at));
}

/** A finding on a line and column. */
export const findingOn = (
  said: Said,
  { line, column }: { line: number; column: number },
): LintFinding => ({
  rule: said.rule,
  severity: lintRules[said.rule].severity,
  line,
  column,
  message: said.message,
  hint: said.hint,
});
