import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { traceSchema, type Trace } from '@ds01/lifecycle/traces';

const ours = join(import.meta.dirname, '../../../../packages/lifecycle/fixtures/traces');

/** The library's labelled traces and those of another folder; throws which file isn't one. */
export function labelledTraces(folder: string | null): ReadonlyMap<string, Trace> {
  const folders = folder === null ? [ours] : [ours, folder];
  return new Map(folders.flatMap(tracesOf));
}

function tracesOf(folder: string): readonly (readonly [string, Trace])[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => {
      const path = join(folder, file);
      const parsed = traceSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
      if (!parsed.success) throw new Error(`${path} is no trace: ${parsed.error.message}`);
      return [folder === ours ? basename(file, '.json') : path, parsed.data] as const;
    });
}
