import { z } from 'zod';

/** Credentials for one registry, read by the client as its user; never kept. */
export const registryAuthSchema = z.union([
  z.strictObject({ username: z.string().min(1).max(1000), password: z.string().max(20_000) }),
  z.strictObject({ identityToken: z.string().min(1).max(20_000) }),
]);
/** Credentials for one registry. */
export type RegistryAuth = z.infer<typeof registryAuthSchema>;

/** A tag as people write it: `latest`, `experiment-42`. */
export const imageTagSchema = z
  .string()
  .regex(/^\w[\w.-]{0,127}$/, { error: 'letters, digits, ".", "_" and "-", at most 128' });

/** `images.build`; the context follows as a tar archive on the session's input. */
export const imageBuildInputSchema = z.strictObject({
  name: z.string().min(1).max(200),
  /** Text of the Dockerfile; it isn't taken from the context. */
  dockerfile: z.string().min(1).max(500_000),
  /** Where the client has it, for people and the history; `null` when it was made on the fly. */
  dockerfilePath: z.string().max(4096).nullable().default(null),
  buildArgs: z.record(z.string().regex(/^[A-Za-z_]\w{0,199}$/), z.string().max(32_768)).default({}),
  /** A further tag beside `latest` and the immutable one. */
  tag: imageTagSchema.nullable().default(null),
  /** Stage to build; `null` is the last. */
  target: z.string().min(1).max(200).nullable().default(null),
  noCache: z.boolean().default(false),
  /** Ask the registries for newer bases. */
  pull: z.boolean().default(false),
  /** Give the steps the host's network, where the site allows it. */
  hostNetwork: z.boolean().default(false),
  /** Credentials by registry (`docker.io`, `localhost:5000`) for bases that need them. */
  auth: z.record(z.string().max(300), registryAuthSchema).default({}),
});
/** `images.build`, checked. */
export type ImageBuildInput = z.output<typeof imageBuildInputSchema>;

/** What a build made. */
export const builtImageSchema = z.object({
  name: z.string(),
  /** The immutable tag: `b20261122-1`. */
  build: z.string(),
  /** Every name of it, as the engine has them. */
  tags: z.array(z.string()),
  id: z.string(),
  sizeBytes: z.number(),
  steps: z.int(),
  cachedSteps: z.int(),
  durationMs: z.number(),
});
/** What a build made. */
export type BuiltImage = z.infer<typeof builtImageSchema>;

/**
 * One line of what a build session prints: JSON, one object a line. The last one of a build that
 * succeeded is `done`; a build that failed ends the session with a problem (`image.build-failed`).
 */
export const buildEventSchema = z.discriminatedUnion('event', [
  /** A step begins. `step` counts from 1 to `steps`; `instruction` is what the person wrote. */
  z.object({
    event: z.literal('step'),
    step: z.int(),
    steps: z.int(),
    instruction: z.string(),
    elapsedMs: z.number(),
  }),
  /** The step's result was there already. */
  z.object({ event: z.literal('cached'), step: z.int() }),
  /** A piece of what a step prints; newlines are part of it. */
  z.object({ event: z.literal('output'), text: z.string() }),
  /** A base is fetched; `percent` never goes back. */
  z.object({ event: z.literal('pull'), reference: z.string(), percent: z.number() }),
  /** Something that people should know. */
  z.object({ event: z.literal('note'), text: z.string() }),
  z.object({ event: z.literal('done'), image: builtImageSchema }),
]);
/** One line of what a build session prints. */
export type BuildEvent = z.infer<typeof buildEventSchema>;
