import { switchFlag, textFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts';
import type { CommandContext } from '../context.ts';
import { inDryRun } from '../policy-text.ts';
import { readUntil } from '../read-until.ts';

const rules = { idle: 'idle_timeout_h', runtime: 'max_runtime_h' } as const;
type Rule = (typeof rules)[keyof typeof rules];
const everyRule: readonly Rule[] = Object.values(rules);

/** `ds01-admin exempt add`: from both rules when none is named. */
export async function run({
  operands,
  flags,
  output,
  runtime,
  signal,
}: CommandContext): Promise<number> {
  const [user = '', ...given] = operands;
  const input = {
    user,
    rules: given.length === 0 ? [...everyRule] : given.map(readRule),
    untilMs: readUntil(flags),
    reason: textFlag(flags, 'reason'),
  };
  const result = await runtime.api.call('admin.exemptions.add', input, { signal });
  const dryRun = switchFlag(flags, 'dryRun') && result.file !== null;
  output.result(result, () => inDryRun(result.message, dryRun));
  return 0;
}

function readRule(text: string): Rule {
  const rule = everyRule.find(
    (one) => one === text || (text in rules && one === Reflect.get(rules, text)),
  );
  if (rule !== undefined) return rule;
  throw ds01Error('usage.invalid', {
    message: `${JSON.stringify(text)} is no rule that people can be exempt from: idle and runtime are.`,
    hint: 'ds01-admin exempt add alice idle',
  });
}
