import { z } from 'zod';
import { containerSummarySchema } from './container.ts';
import { problemSchema } from './problem.ts';
import { packageChangeSchema } from './routes/image-contents.ts';
import { imageOutputSchema, imagesDeletedSchema } from './routes/images.ts';

/** `image delete`. */
export const imageDeleteOutputSchema = imagesDeletedSchema.extend({
  /** Where the Dockerfiles stay. */
  dockerfiles: z.array(z.object({ image: z.string(), path: z.string() })),
  /** What failed, of several images; absent when nothing did. */
  errors: z.array(problemSchema).optional(),
});

/** `image pull`; its preview can't know what the registry has. */
export const imagePullOutputSchema = z.union([
  imageOutputSchema,
  z.object({ reference: z.string(), image: z.string() }),
]);

/** `image sbom`: the document itself, or with `--output` where it was written. */
export const imageSbomOutputSchema = z.union([
  z.looseObject({ spdxVersion: z.literal('SPDX-2.3') }),
  z.looseObject({ bomFormat: z.literal('CycloneDX'), specVersion: z.literal('1.5') }),
  z.object({ path: z.string(), format: z.enum(['spdx', 'cyclonedx']), packages: z.int() }),
]);

/** `container save-packages`. */
export const savePackagesOutputSchema = z.object({
  container: containerSummarySchema,
  /** What differs from the image that it was made from. */
  changes: z.array(packageChangeSchema),
  /** What was done about it: nothing, a Dockerfile written, an image built from it, or a commit. */
  outcome: z.enum(['nothing-new', 'written', 'built', 'committed']),
  /** The image that has them now; `null` when none was made. */
  image: z.string().nullable(),
  /** The Dockerfile that has them now; `null` when none was written. */
  dockerfile: z.string().nullable(),
  /** What people should know, such as what could not be saved. */
  notices: z.array(z.string()),
});
/** `container save-packages`. */
export type SavePackagesOutput = z.infer<typeof savePackagesOutputSchema>;

/** `image lint`. */
export const imageLintOutputSchema = z.object({
  dockerfile: z.string(),
  findings: z.array(
    z.object({
      /** Stable id; docs/reference lists them. */
      rule: z.string(),
      severity: z.enum(['error', 'warning', 'info']),
      /** From 1. */
      line: z.int(),
      column: z.int(),
      message: z.string(),
      /** What to write instead; `null` without. */
      hint: z.string().nullable(),
    }),
  ),
});
/** `image lint`. */
export type ImageLintOutput = z.infer<typeof imageLintOutputSchema>;
