import { z } from 'zod';

const lineSchema = z.object({
  time: z.string(),
  level: z.string(),
  message: z.string(),
  operation: z.string().optional(),
  user: z.string().optional(),
  code: z.string().optional(),
  durationMs: z.number().optional(),
});

/**
 * One line of the daemon's log as a person reads it at a terminal: `05:21:07 alice containers.deploy
 * ok 412 ms`. What isn't a line of the log stays as it is.
 */
export function readableLine(line: string): string {
  const parsed = lineSchema.safeParse(parse(line));
  if (!parsed.success) return line;
  const { time, level, message, operation, user, code, durationMs } = parsed.data;
  const clock = time.slice(11, 19);
  if (operation === undefined) return `${clock} ${level === 'info' ? '' : `${level}: `}${message}`;
  const took = durationMs === undefined ? '' : ` ${String(Math.round(durationMs))} ms`;
  return `${clock} ${user ?? 'somebody'} ${operation} ${code ?? ''}${took}`;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
