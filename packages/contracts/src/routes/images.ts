import { z } from 'zod';
import { callRoute } from './route.ts';

/** An image of this server that a person may use. */
export const imageSummarySchema = z.object({
  /** What to write after `--image`: `thesis` for one's own, `pytorch/pytorch:2.8` for others. */
  name: z.string(),
  /** Every name of it that this person may use, as the engine has them. */
  tags: z.array(z.string()),
  id: z.string(),
  sizeBytes: z.number(),
  createdAt: z.iso.datetime(),
  /** What its label `ds01.framework` says; `null` without. */
  framework: z.string().nullable(),
  /** Made by this person; else it is everybody's. */
  own: z.boolean(),
});
/** An image of this server that a person may use. */
export type ImageSummary = z.infer<typeof imageSummarySchema>;

/** `image list`. */
export const imageListSchema = z.object({ images: z.array(imageSummarySchema) });

/** Operations on images. */
export const imageRoutes = {
  'images.list': callRoute({ input: z.strictObject({}), output: imageListSchema }),
} as const;
