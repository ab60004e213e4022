import { z } from 'zod';

/**
 * What is POSTed to every URL of `notify.webhooks`, as JSON. Chat programs that show `text` of an
 * incoming webhook need nothing in between.
 */
export const webhookBodySchema = z.object({
  /** Grows only when a field changes its meaning. */
  version: z.literal(1),
  /** The same when a delivery is tried again. */
  id: z.string(),
  /** When it was written, RFC 3339 UTC. */
  at: z.iso.datetime(),
  /** `site.name` of ds01.yaml. */
  site: z.string(),
  /**
   * `warning`: a container will be stopped; `stopped`: it was; `notice`: for information; `alert`: the
   * site's administrators have to look.
   */
  severity: z.enum(['warning', 'stopped', 'notice', 'alert']),
  /** Whom it concerns; `null` is nobody alone. */
  user: z.string().nullable(),
  /** Docker name of the container; `null` without. */
  container: z.string().nullable(),
  /** One line. */
  title: z.string(),
  /** Title and explanation, in lines. */
  text: z.string(),
});
/** What is POSTed to webhooks. See {@link webhookBodySchema}. */
export type WebhookBody = z.infer<typeof webhookBodySchema>;
