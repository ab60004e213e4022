import { jsonWords } from '../analyse/words.ts';
import type { DockerfileDocument } from '../document/types.ts';
import { isRoot, stagesOfFinal } from '../edit/stage-facts.ts';
import { findingAt } from './finding.ts';
import type { LintFinding } from './types.ts';

/** As whom and how the image's program starts. */
export function checkStart(document: DockerfileDocument): LintFinding[] {
  const final = document.stages.at(-1);
  if (final === undefined) return [];
  const own = stagesOfFinal(document, { copied: false });
  const counted = document.instructions.filter(({ stage }) => stage !== null && own.has(stage));
  const findings: LintFinding[] = [];
  const user = counted.findLast(({ keyword }) => keyword === 'USER');
  const at = user ?? document.instructions[final.from];
  if (at !== undefined && (user === undefined || isRoot(user))) {
    const message = 'Nothing says that the image runs as anybody but root.';
    const hint = 'End with USER uid:gid. Containers of DS01 run as their owner in any case.';
    findings.push(findingAt(document, at, { rule: 'root-at-end', message, hint }));
  }
  for (const instruction of counted) {
    const { keyword, logical, bodyAt } = instruction;
    if (keyword !== 'CMD' && keyword !== 'ENTRYPOINT') continue;
    if (jsonWords(logical.text.slice(bodyAt).trim()) !== null) continue;
    const message = `${keyword} starts a shell, which doesn't pass signals on: stopping takes its full time.`;
    const hint = `Write ${keyword} ["program", "argument"].`;
    findings.push(findingAt(document, instruction, { rule: 'shell-form-command', message, hint }));
  }
  return findings;
}
