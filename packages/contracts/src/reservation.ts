import { z } from 'zod';

/** A reservation as people see it; who it is for is `null` where the site doesn't show holders. */
export const reservationSummarySchema = z.object({
  slots: z.array(z.string()),
  /** `null`: it has held for ever. */
  from: z.iso.datetime().nullable(),
  /** `null`: without an end. */
  until: z.iso.datetime().nullable(),
  /** Name of a user, or `group staff`. */
  for: z.string().nullable(),
  /** For whoever asks. */
  own: z.boolean(),
});
