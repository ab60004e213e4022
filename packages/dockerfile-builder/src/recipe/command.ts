import { z } from 'zod';
import { argumentSchema, isOneLine } from './value-kinds.ts';

/** How a shell command is written when its text can't stand in a Dockerfile as it is. */
export const shellWrapper = ['/bin/sh', '-c'] as const;

/**
 * Whether a shell command can be written as the rest of a `RUN` line and is read back as the same:
 * no line breaks, nothing that is taken for a flag, a JSON array, a comment, a here-document or a
 * continued line.
 */
export function fitsRunLine(command: string): boolean {
  return (
    isOneLine(command) &&
    command === command.trim() &&
    !/^(\[|--|#)/.test(command) &&
    !command.endsWith('\\') &&
    !command.includes('<<')
  );
}

/** The shell command that words in `RUN ["/bin/sh", "-c", …]` stand for; `undefined` for others. */
export function wrappedCommand(words: readonly string[]): string | undefined {
  const [shell, flag, command, ...more] = words;
  const wrapped = shell === shellWrapper[0] && flag === shellWrapper[1] && more.length === 0;
  return wrapped ? command : undefined;
}

/**
 * A person's own command: a text for the shell, or the words of a program that is run without one.
 * `['/bin/sh', '-c', text]` is refused: it is the text.
 */
export const commandSchema = z.union(
  [
    argumentSchema.refine((text) => text.trim() !== '', { error: 'a command' }),
    z
      .array(argumentSchema)
      .min(1)
      .max(2000)
      .refine((words) => words[0] !== '', { error: 'a program' })
      .refine((words) => wrappedCommand(words) === undefined, {
        error: 'a command for the shell is written as one text',
      }),
  ],
  { error: 'a text for the shell, or the words of a program that is none' },
);
/** A person's own command. */
export type RecipeCommand = z.infer<typeof commandSchema>;
