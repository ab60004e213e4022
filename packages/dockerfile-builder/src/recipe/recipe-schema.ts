import { objectNameRule, objectNameSchema, slugSchema, usernameSchema } from '@ds01/contracts';
import { z } from 'zod';
import { commandSchema } from './command.ts';
import { checkRecipe } from './recipe-rules.ts';
import {
  argumentSchema,
  contextPathSchema,
  imagePathSchema,
  imageReferenceSchema,
  oneLineSchema,
  packageSpecSchema,
  systemPackageSchema,
} from './value-kinds.ts';

const maxEntries = 2000;
const packagesSchema = z.array(packageSpecSchema).max(maxEntries);
const systemPackagesSchema = z.array(systemPackageSchema).max(maxEntries);
const wordSchema = z
  .string()
  .max(100)
  .regex(/^[a-z0-9]+([._-][a-z0-9]+)*$/);

/** The image that a recipe starts from, and what is known about it. */
const recipeBaseSchema = z.strictObject({
  /** Reference without digest, or an image id. */
  image: imageReferenceSchema,
  /** `sha256:` and 64 hex digits, which pin it; `null` follows the tag. */
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .nullable()
    .default(null),
  /** `pytorch`; `null` when it is just an image. */
  framework: wordSchema.nullable().default(null),
  /** Of the framework. */
  version: oneLineSchema.min(1).max(100).nullable().default(null),
  /** GPU generation that it is made for. */
  architecture: oneLineSchema.min(1).max(100).nullable().default(null),
});

/** A block of packages under a name, installed as one layer. */
export const packageBlockSchema = z.strictObject({
  /** `jupyter`, `data-science`, a use case, or one's own. */
  name: wordSchema,
  packages: packagesSchema.min(1),
});
/** A block of packages under a name. */
export type PackageBlock = z.infer<typeof packageBlockSchema>;

/** A requirements file of the context. */
const requirementFileSchema = z.strictObject({
  path: contextPathSchema,
  /** Files that it names with `-r` or `-c`; they are copied beside it. */
  includes: z.array(contextPathSchema).max(100).default([]),
});

/** Whom the image is for; becomes an account in it. */
export const recipeOwnerSchema = z.strictObject({
  uid: z.int().min(1).max(4_294_967_294),
  gid: z.int().min(0).max(4_294_967_294),
  /** Name of the account and its home folder in the image. */
  slug: z.string().refine((slug) => slugSchema.safeParse(slug).success, { error: 'a slug' }),
  /** Account on the host. */
  name: z.string().refine((name) => usernameSchema.safeParse(name).success, { error: 'a user' }),
});
/** Whom the image is for. */
export type RecipeOwner = z.infer<typeof recipeOwnerSchema>;

/** Files of the context that go into the image. */
const copyRuleSchema = z.strictObject({
  /** Paths below the context, or `.` for all of it; no wildcards. */
  from: z
    .array(
      z.union([contextPathSchema, z.literal('.')], {
        error: 'a path below the folder of the Dockerfile',
      }),
    )
    .min(1)
    .max(100),
  to: imagePathSchema,
});

/**
 * What goes into an image, as data. Everything in it is a value: nothing that it holds can become
 * an instruction or a shell command except `commands`, which are meant to. Refuses unknown keys,
 * control characters where a Dockerfile has no way to write them, and combinations that can't be built.
 */
export const recipeSchema = z
  .strictObject({
    /** What the image is called; also the name of its Jupyter kernel. */
    project: z.string().refine((name) => objectNameSchema.safeParse(name).success, {
      error: objectNameRule,
    }),
    author: oneLineSchema.min(1).max(400).nullable().default(null),
    /** RFC 3339, UTC; `null` leaves it out, which keeps the text the same from day to day. */
    createdAt: z.iso.datetime().nullable().default(null),
    /** Name of the use case that was chosen; its packages are a group. */
    useCase: wordSchema.nullable().default(null),
    base: recipeBaseSchema,
    systemPackages: systemPackagesSchema.default([]),
    /** Debian packages that are needed only while Python packages are built; with `multiStage`. */
    buildPackages: systemPackagesSchema.default([]),
    /** Who installs groups; all else that is Python comes through pip where that is conda. */
    installer: z.enum(['pip', 'uv', 'conda']).default('pip'),
    constraintFiles: z.array(contextPathSchema).max(100).default([]),
    /** `environment` is a `environment.yml`, `explicit` a lock file with addresses. */
    conda: z
      .strictObject({ file: contextPathSchema, kind: z.enum(['environment', 'explicit']) })
      .nullable()
      .default(null),
    /** Dependencies of a `pyproject.toml`; with the lock (a `uv.lock`) exactly those versions. */
    pyproject: z
      .strictObject({ file: contextPathSchema, lock: contextPathSchema.nullable().default(null) })
      .nullable()
      .default(null),
    requirementFiles: z.array(requirementFileSchema).max(100).default([]),
    /** In the order in which they are installed: what changes least comes first. */
    groups: z.array(packageBlockSchema).max(100).default([]),
    /** What else is wanted, as PEP 508 has it; the block that `image update --add` extends. */
    packages: packagesSchema.default([]),
    /** A kernel under the project's name is registered. Jupyter's packages are a group. */
    jupyter: z.boolean().default(false),
    env: z
      .record(
        z
          .string()
          .max(200)
          .regex(/^[A-Za-z_]\w*$/)
          .regex(/^(?!__proto__$)/),
        oneLineSchema,
      )
      .default({}),
    labels: z
      .record(
        z
          .string()
          .max(200)
          .regex(/^[A-Za-z][A-Za-z0-9._/-]*$/),
        oneLineSchema,
      )
      .default({}),
    copy: z.array(copyRuleSchema).max(maxEntries).default([]),
    /** Run as root, after everything is installed. */
    commands: z.array(commandSchema).max(maxEntries).default([]),
    /** Words of the entry point; empty removes the base's, `null` keeps it. */
    entrypoint: z.array(argumentSchema).max(maxEntries).nullable().default(null),
    /** Words of what runs when nothing else is asked for; `null` keeps the base's. */
    command: z.array(argumentSchema).max(maxEntries).nullable().default(null),
    /** Python packages are built in a stage of their own and only the result is copied. */
    multiStage: z.boolean().default(false),
    /** `null` makes an image without account, which runs as root. */
    owner: recipeOwnerSchema.nullable().default(null),
  })
  .superRefine(checkRecipe);
/** What goes into an image, complete. */
export type Recipe = z.output<typeof recipeSchema>;
/** A recipe as people write it: what isn't said has its default. */
export type RecipeInput = z.input<typeof recipeSchema>;
