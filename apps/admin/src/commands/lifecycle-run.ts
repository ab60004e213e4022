import { textFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { LifecycleRule } from '@ds01/contracts/lifecycle';
import type { CommandContext } from '../context.ts';
import { actionsTable } from '../lifecycle-text.ts';

const rules: readonly LifecycleRule[] = [
  'idle',
  'max-runtime',
  'gpu-hold',
  'container-hold',
  'never-started',
];

/** `ds01-admin lifecycle run`: exit 4 when something that had to be done failed. */
export async function run({ flags, output, runtime, signal }: CommandContext): Promise<number> {
  const rule = ruleOf(textFlag(flags, 'rule'));
  const result = await runtime.api.call('admin.lifecycle.run', { rule }, { signal });
  output.result(result, (screen) => {
    const { inspected, actions, failed } = result;
    const looked = `looked at ${String(inspected)} ${inspected === 1 ? 'container' : 'containers'}`;
    return [
      actions.length === 0 ? `${looked}; nothing had to be done` : actionsTable(actions, screen),
      ...failed.map(({ dockerName, message }) => `failed: ${dockerName}: ${message}`),
    ].join('\n');
  });
  return result.failed.length === 0 ? 0 : 4;
}

function ruleOf(given: string | null): LifecycleRule | null {
  if (given === null) return null;
  const rule = rules.find((known) => known === given);
  if (rule !== undefined) return rule;
  throw ds01Error('usage.invalid', {
    message: `${JSON.stringify(given)} is no rule; there are ${rules.join(', ')}.`,
    hint: 'ds01-admin lifecycle run --rule idle --dry-run',
  });
}
