import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';

const flagSchema = z.object({
  flags: z.string(),
  description: z.string(),
  repeat: z.boolean().default(false),
  later: z.boolean().default(false),
});

const commandSchema = z.object({
  noun: z.string().nullable(),
  verb: z.string(),
  aliases: z.array(z.string()).default([]),
  classic: z.array(z.string()).default([]),
  summary: z.string(),
  operands: z.string(),
  flags: z.array(flagSchema),
  trailing: z.boolean().default(false),
  example: z.string(),
  available: z.boolean(),
});

const tableSchema = z.object({
  commands: z.array(commandSchema),
  commonFlags: z.array(flagSchema),
});

/** A flag as the help shows it. */
export type Flag = z.infer<typeof flagSchema>;
/** A command as the help shows it. */
export type Command = z.infer<typeof commandSchema>;
/** The commands of a program and the flags that all of them have. */
export type CommandTable = z.infer<typeof tableSchema>;

/**
 * The command table of an app in the checkout at `root`. The app prints it in a process of its own,
 * since nothing but the app may import its sources.
 */
export function readCommandTable(root: string, app: 'cli' | 'admin'): CommandTable {
  const script = join(root, 'apps', app, 'scripts/print-command-table.ts');
  const text = execFileSync(process.execPath, ['--conditions=@ds01/source', script], {
    encoding: 'utf8',
  });
  return tableSchema.parse(JSON.parse(text));
}
