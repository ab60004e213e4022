import { basename, dirname } from 'node:path';
import { table, type Screen } from '@ds01/command-line';
import { limitKeySchema, type RouteOutput } from '@ds01/contracts';
import type { CommandContext } from '../context.ts';
import { askLimits } from '../limits/ask-limits.ts';

/** `ds01 limits show`. */
export async function run(context: CommandContext): Promise<number> {
  const { output } = context;
  const view = await askLimits(context);
  output.result(view, (screen) => describe(view, screen));
  return 0;
}

function describe(view: RouteOutput<'limits.show'>, screen: Screen): string {
  const folders = new Set<string>();
  const rows = limitKeySchema.options.map((key) => {
    const { value, layer, file, line } = view.limits[key];
    if (file !== null) folders.add(dirname(file));
    const origin = file === null ? layer : `${layer}, ${basename(file)}:${line ?? 1}`;
    return [key, value === null ? 'no limit' : String(value), origin];
  });
  const usage =
    view.usage === null
      ? 'usage: unknown (no engine or ledger)'
      : `usage: ${view.usage.gpuEquivalents.toFixed(2)} GPU equivalents in ` +
        `${view.usage.gpuSlots} slot(s), ${view.usage.containers} container(s)`;
  return [
    `${view.user} (group ${view.group})`,
    table(
      {
        columns: [{ heading: 'LIMIT' }, { heading: 'VALUE' }, { heading: 'SET BY', fit: 'wrap' }],
        rows,
      },
      screen,
    ),
    ...(folders.size === 0 ? [] : [`files: ${[...folders].join(', ')}`]),
    usage,
  ].join('\n');
}
