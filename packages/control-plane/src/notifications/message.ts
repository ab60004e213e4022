import { z } from 'zod';

/** What waits in the outbox, one row for each channel; plain data. */
export const messageSchema = z.strictObject({
  /** `digest` stands for those that came too fast. */
  kind: z.enum(['message', 'digest']),
  severity: z.enum(['warning', 'stopped', 'notice', 'message', 'alert']),
  title: z.string(),
  lines: z.array(z.string()),
  user: z.string().nullable(),
  uid: z.int().nullable(),
  container: z.string().nullable(),
  /** Mail address, URL, or folder that gets the file; `null` for terminals. */
  place: z.string().nullable(),
  /** Unix milliseconds; `null` is never. */
  staleAtMs: z.number().nullable(),
});
/** What waits in the outbox. */
export type Message = z.infer<typeof messageSchema>;

/** How a message goes out. */
export const channels = ['terminal', 'workspace', 'mail', 'webhook'] as const;
/** How a message goes out. */
export type Channel = (typeof channels)[number];

/** A message as it is stored. */
export function renderMessage(message: Message): string {
  return JSON.stringify(message);
}

/** A stored message; `null` when another version wrote it, or it is damaged. */
export function readMessage(body: string): Message | null {
  try {
    return messageSchema.safeParse(JSON.parse(body)).data ?? null;
  } catch {
    return null;
  }
}
