import { columns, textFlag } from '@ds01/command-line';
import { limitKeySchema, usernameSchema, ds01Error } from '@ds01/contracts';
import { showLimits, type LimitsView } from '@ds01/control-plane';
import type { CommandContext } from '../context.ts';

/** `ds01 limits show`. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, output, runtime } = context;
  const given = textFlag(flags, 'user');
  const user =
    given === null ? (await runtime.caller('atomic')).owner.name : usernameSchema.safeParse(given);
  const name = typeof user === 'string' ? user : user.data;
  if (name === undefined) {
    throw ds01Error('usage.invalid', {
      message: `${JSON.stringify(given)} can't be the name of an account.`,
      hint: 'ds01 limits show',
    });
  }
  const full = await runtime.dependencies().catch(() => null);
  const { policyFiles, logger } = runtime;
  const view = await showLimits({ policyFiles, logger, full }, name);
  output.result(
    { user: view.user, group: view.group, limits: view.limits, usage: view.usage },
    () => describe(view),
  );
  return 0;
}

function describe(view: LimitsView): string {
  const rows = limitKeySchema.options.map((key) => {
    const { value, layer, file, line } = view.limits[key];
    const origin = file === null ? layer : `${layer}, ${file}:${line ?? 1}`;
    return [key, value === null ? 'no limit' : String(value), origin];
  });
  const usage =
    view.usage === null
      ? 'usage: unknown (no engine or ledger)'
      : `usage: ${view.usage.gpuEquivalents.toFixed(2)} GPU equivalents in ` +
        `${view.usage.gpuSlots} slot(s), ${view.usage.containers} container(s)`;
  return [
    `${view.user} (group ${view.group})`,
    columns([['LIMIT', 'VALUE', 'SET BY'], ...rows]),
    usage,
  ].join('\n');
}
