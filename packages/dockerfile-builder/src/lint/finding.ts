import { positionOf } from '../document/lines.ts';
import { sourceOffset } from '../document/logical-text.ts';
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
  { text }: DockerfileDocument,
  { logical }: DockerfileInstruction,
  { at = 0, ...said }: Said & { readonly at?: number },
): LintFinding {
  return findingOn(said, positionOf(text, sourceOffset(logical, at)));
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
