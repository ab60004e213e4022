import { z } from 'zod';
import {
  builtImageSchema,
  imageBuildInputSchema,
  imageTagSchema,
  registryAuthSchema,
} from './image-build.ts';
import { installedPackageSchema, imageLayerSchema, packageChangeSchema } from './image-contents.ts';
import { pageCursorShape, pageShape } from './page.ts';
import { callRoute, queryFlagSchema, sessionRoute } from './route.ts';

/** An image by the name that its owner gave it. Checked by the use case, which has the rule. */
const nameSchema = z.string().min(1, { error: 'a name can’t be empty' }).max(200);
const byName = z.strictObject({ name: nameSchema });
const optionalTag = imageTagSchema.nullable().default(null);

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
  /** Made by this person; else it is everybody's, or shared. */
  own: z.boolean(),
  /** Who shared it; `null` for one's own and everybody's. */
  sharedBy: z.string().nullable().default(null),
  /** How many containers of this person were made from it and are still there. */
  containers: z.int().default(0),
  /** When a container was last made from it; `null` when never, or unknown. */
  lastUsedAt: z.iso.datetime().nullable().default(null),
});
/** An image of this server that a person may use. */
export type ImageSummary = z.infer<typeof imageSummarySchema>;

/** `image list`. */
export const imageListSchema = z.object({ images: z.array(imageSummarySchema) });

/** How a build ended. `lost`: the daemon died meanwhile. */
export const buildStateSchema = z.enum(['running', 'succeeded', 'failed', 'cancelled', 'lost']);
/** How a build ended. */
export type BuildState = z.infer<typeof buildStateSchema>;

/** One version of an image: a build, or what else has a tag of its own. */
export const imageVersionSchema = z.object({
  /** The immutable tag; `null` for what wasn't built by DS01 (a commit, a pull). */
  build: z.string().nullable(),
  /** Tags that lead to it now, without the repository; empty when it is gone or failed. */
  tags: z.array(z.string()),
  /** `null` for a build that failed, and for one that was deleted. */
  id: z.string().nullable(),
  /** It is what `latest` means. */
  current: z.boolean(),
  state: buildStateSchema,
  /** Why it failed; `null` otherwise. */
  reason: z.string().nullable(),
  createdAt: z.iso.datetime(),
  durationMs: z.number().nullable(),
  sizeBytes: z.number().nullable(),
  /** This person's containers that were made from it. */
  containers: z.array(z.string()),
});
/** One version of an image. */
export type ImageVersion = z.infer<typeof imageVersionSchema>;

/** `image show`. */
export const imageViewSchema = z.object({
  image: imageSummarySchema,
  user: z.string(),
  command: z.array(z.string()),
  entrypoint: z.array(z.string()),
  workingDirectory: z.string(),
  /** Names only: values may be secrets. */
  env: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
  /** `sha256:...` by which the registry of its name knows it; `null` when it came from none. */
  digest: z.string().nullable().default(null),
  /** What runs in a build that begins with it. */
  onBuild: z.array(z.string()).default([]),
  layers: z.array(imageLayerSchema),
  sharedWith: z.object({ users: z.array(z.string()), groups: z.array(z.string()) }),
  /** The Dockerfile of its build and where its owner keeps it; `null` when unknown. */
  dockerfile: z.object({ path: z.string().nullable(), text: z.string() }).nullable(),
});
/** `image show`. */
export type ImageView = z.infer<typeof imageViewSchema>;

/** `image diff`. */
export const imageDiffSchema = z.object({
  before: imageSummarySchema,
  after: imageSummarySchema,
  packages: z.array(packageChangeSchema),
  /** Of the second less the first. */
  sizeBytes: z.number(),
  /** Layers at the bottom that both have. */
  commonLayers: z.int(),
  removedLayers: z.array(imageLayerSchema),
  addedLayers: z.array(imageLayerSchema),
});
/** `image diff`. */
export type ImageDiff = z.infer<typeof imageDiffSchema>;

/** A base image of the catalogue. */
export const baseImageSchema = z.object({
  framework: z.string(),
  version: z.string(),
  /** Generation of GPUs that it is made for, such as `ada`; `null` for any, or none. */
  architecture: z.string().nullable(),
  image: z.string(),
  /** CUDA version inside; `null` without, or unknown. */
  cuda: z.string().nullable(),
  /** Python version inside; `null` without, or unknown. */
  python: z.string().nullable().default(null),
  /** PEP 508: what has to be installed on it to make it what its framework says; mostly nothing. */
  packages: z.array(z.string()).default([]),
  /** Which catalogue: DS01's own, or the site's. */
  source: z.enum(['built-in', 'site']),
  /** It is on this server. */
  present: z.boolean(),
  /** Whether this server's driver and GPUs can run it; `null` when that is unknown. */
  runs: z.boolean().nullable(),
  /** Why not, or why that is unknown; `null` otherwise. */
  reason: z.string().nullable(),
});
/** A base image of the catalogue. */
export type BaseImage = z.infer<typeof baseImageSchema>;

/** `image bases`. */
const basesOutputSchema = z.object({
  /** Of the NVIDIA driver; `null` without. */
  driverVersion: z.string().nullable(),
  /** Newest CUDA version that it runs; `null` when unknown. */
  maxCuda: z.string().nullable(),
  bases: z.array(baseImageSchema),
});

/** An operation that leaves one image. */
export const imageOutputSchema = z.object({
  image: imageSummarySchema,
  /** What happened, for people; `null` when there is nothing to add. */
  note: z.string().nullable(),
});

/** What was deleted. */
export const imagesDeletedSchema = z.object({
  /** Tags that are gone, as the engine had them. */
  tags: z.array(z.string()),
  /** Images that are gone with their last tag. */
  ids: z.array(z.string()),
  /** Space that is free again, as far as the engine says; shared layers don't count. */
  freedBytes: z.number(),
  /** What was kept, and why. */
  kept: z.array(z.object({ name: z.string(), reason: z.string() })),
});

/** Operations on images. */
export const imageRoutes = {
  'images.list': callRoute({
    input: z.strictObject(pageShape),
    output: imageListSchema.extend(pageCursorShape),
  }),
  'images.bases': callRoute({
    input: z.strictObject({ framework: z.string().min(1).max(100).nullable().default(null) }),
    output: basesOutputSchema,
  }),
  'images.show': callRoute({ input: byName.extend({ tag: optionalTag }), output: imageViewSchema }),
  'images.build': sessionRoute({ input: imageBuildInputSchema }),
  'images.history': callRoute({
    input: byName.extend(pageShape),
    output: z.object({
      name: z.string(),
      versions: z.array(imageVersionSchema),
      ...pageCursorShape,
    }),
  }),
  'images.log': callRoute({
    /** Of the newest build when none is named. */
    input: byName.extend({ build: optionalTag }),
    output: z.object({
      build: z.string(),
      state: buildStateSchema,
      text: z.string(),
      /** The beginning is missing: only so much is kept. */
      cut: z.boolean(),
    }),
  }),
  'images.packages': callRoute({
    input: byName.extend({ tag: optionalTag }),
    output: z.object({
      image: imageSummarySchema,
      packages: z.array(installedPackageSchema),
      /** `ID` of its os-release, such as `debian`; absent when unknown. */
      distribution: z.string().optional(),
    }),
  }),
  'images.diff': callRoute({
    input: byName.extend({
      tag: optionalTag,
      /** The second image; `null` is another version of the first. */
      otherName: nameSchema.nullable().default(null),
      otherTag: optionalTag,
    }),
    output: imageDiffSchema,
  }),
  'images.tag': callRoute({
    input: byName.extend({
      from: optionalTag,
      to: imageTagSchema,
      force: z.boolean().default(false),
    }),
    output: imageOutputSchema,
  }),
  'images.rollback': callRoute({
    /** To the version before the current one when none is named. */
    input: byName.extend({ to: optionalTag }),
    output: imageOutputSchema,
  }),
  'images.delete': callRoute({
    /** `tag: null` deletes the image with all its tags. */
    input: byName.extend({ tag: optionalTag, force: queryFlagSchema }),
    output: imagesDeletedSchema,
  }),
  'images.prune': callRoute({
    input: z.strictObject({
      /** Only what is older; 0 is any age. */
      olderThanDays: z.number().min(0).max(36_500).default(0),
    }),
    output: imagesDeletedSchema,
  }),
  'images.share': callRoute({
    input: byName.extend({
      users: z.array(z.string().min(1).max(256)).max(100).default([]),
      groups: z.array(z.string().min(1).max(256)).max(100).default([]),
      /** Take back instead of give. */
      remove: z.boolean().default(false),
    }),
    output: imageOutputSchema.extend({
      sharedWith: z.object({ users: z.array(z.string()), groups: z.array(z.string()) }),
    }),
  }),
  'images.push': callRoute({
    input: byName.extend({
      tag: optionalTag,
      /** `registry.example.org/team/thesis:v1`. */
      target: z.string().min(1).max(400),
      auth: registryAuthSchema.nullable().default(null),
    }),
    output: z.object({ image: imageSummarySchema, target: z.string(), digest: z.string() }),
  }),
  'images.pull': callRoute({
    input: z.strictObject({
      reference: z.string().min(1).max(400),
      /** What to call it; `null` is the last part of the reference. */
      name: nameSchema.nullable().default(null),
      auth: registryAuthSchema.nullable().default(null),
    }),
    output: imageOutputSchema,
  }),
} as const;

/** `image create`, `image update` and `image build`. */
export const imageBuildOutputSchema = z.object({
  /** `null` when nothing was built (`--no-build`, `--dry-run`). */
  image: builtImageSchema.nullable(),
  dockerfile: z.object({
    /** `null` when it was only shown. */
    path: z.string().nullable(),
    text: z.string(),
    /** Where what was there before is kept; `null` when nothing was. */
    backup: z.string().nullable(),
  }),
  notices: z.array(z.string()),
});
/** `image create`, `image update` and `image build`. */
export type ImageBuildOutput = z.infer<typeof imageBuildOutputSchema>;
