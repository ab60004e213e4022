import { z } from 'zod';
import { containerSummarySchema } from '../container.ts';
import {
  containerOutputSchema,
  containersOutputSchema,
  deployOutputSchema,
  statsOutputSchema,
  topOutputSchema,
} from '../output.ts';
import { gpuRequestSchema } from '../request.ts';
import { sessionsOutputSchema } from '../sessions.ts';
import { imageTagSchema } from './image-build.ts';
import { packageChangeSchema } from './image-contents.ts';
import { imageOutputSchema } from './images.ts';
import { pageCursorShape, pageShape } from './page.ts';
import {
  callRoute,
  queryFlagSchema,
  queryIntegerSchema,
  sessionRoute,
  streamRoute,
} from './route.ts';

/** A container by the name that its owner gave it. Checked by the use case, which has the rule. */
const nameSchema = z.string().min(1, { error: 'a name can’t be empty' }).max(200);
const byName = z.strictObject({ name: nameSchema });
const envSchema = z.record(z.string().min(1).max(200), z.string().max(131_072));
const commandSchema = z.array(z.string().max(131_072)).min(1).max(10_000);
const folderSchema = z.string().min(1).max(4096);

/** A folder that is mounted beside the workspace. */
export const dataMountSchema = z.strictObject({
  /** Absolute path on the host. */
  folder: folderSchema,
  /** Absolute path inside. */
  target: folderSchema,
  readOnly: z.boolean(),
});
/** A folder that is mounted beside the workspace. */
export type DataMount = z.infer<typeof dataMountSchema>;

/** A port that is published on the host. */
export const portRequestSchema = z.strictObject({
  containerPort: z.int().min(1).max(65_535),
  protocol: z.enum(['tcp', 'udp']),
  /** `null`: the engine picks one. */
  hostPort: z.int().min(1).max(65_535).nullable(),
});
/** A port that is published on the host. */
export type PortRequest = z.infer<typeof portRequestSchema>;

/** A file that is there at /run/secrets, read by the client and sent as bytes. */
export const secretFileSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  base64: z.base64().max(720_000),
});
/** A file that is there at /run/secrets. */
export type SecretFile = z.infer<typeof secretFileSchema>;

/** Longest wait for a turn. */
const longestWaitMs = 30 * 24 * 3_600_000;

/** Everything that may be asked of a new container; `null` where the person said nothing. */
export const deployInputSchema = z.strictObject({
  name: nameSchema.nullable(),
  image: z.string().min(1).max(500).nullable(),
  /** Any image that is made for it (`pytorch`), in place of `image`. */
  framework: z.string().min(1).max(100).nullable().default(null),
  project: nameSchema.nullable().default(null),
  /** Absolute path on the host. */
  workspace: folderSchema.nullable().default(null),
  data: z.array(dataMountSchema).max(32).default([]),
  gpu: gpuRequestSchema,
  env: envSchema.default({}),
  command: commandSchema.nullable().default(null),
  ports: z.array(portRequestSchema).max(64).default([]),
  secrets: z.array(secretFileSchema).max(64).default([]),
  network: z.enum(['private', 'none', 'host']).default('private'),
  cpus: z.number().positive().max(100_000).nullable().default(null),
  memoryBytes: z.int().positive().nullable().default(null),
  shmSizeBytes: z.int().positive().nullable().default(null),
  /** Start it (deploy) or leave it created. */
  start: z.boolean().default(true),
  /** Take the place of a container of this name that was made with other options. */
  replace: z.boolean().default(false),
  /** Take a GPU that is reserved for somebody else soon, too, and be stopped by the begin. */
  untilReserved: z.boolean().default(false),
  /** Wait for a turn where no GPU is free; `forMs: null` is for as long as it takes. */
  wait: z
    .strictObject({ forMs: z.int().min(1000).max(longestWaitMs).nullable() })
    .nullable()
    .default(null),
});

/** `containers.deploy`: what was made, and why this GPU. */
export const deployResultSchema = deployOutputSchema.extend({
  /** Why these slots, for people; `null` without a choice. */
  explanation: z.string().nullable(),
});

/** What the engine knows of a container beyond its summary. */
const engineFactsSchema = z.object({
  pid: z.int().nullable(),
  exitCode: z.int().nullable(),
  outOfMemory: z.boolean(),
  user: z.string(),
  command: z.array(z.string()),
  /** `source` is the owner's folder; of what DS01 made for the container, a path of the engine's. */
  mounts: z.array(z.object({ source: z.string(), target: z.string(), readOnly: z.boolean() })),
  ports: z.array(
    z.object({
      containerPort: z.int(),
      protocol: z.enum(['tcp', 'udp']),
      hostAddress: z.string(),
      hostPort: z.int().nullable(),
    }),
  ),
  cgroupParent: z.string(),
  resources: z.object({
    nanoCpus: z.number().optional(),
    memoryBytes: z.number().optional(),
    memorySwapBytes: z.number().optional(),
    shmSizeBytes: z.number().optional(),
    pidsLimit: z.number().optional(),
  }),
});

/** `containers.show`. */
export const containerViewSchema = z.object({
  container: containerSummarySchema,
  engine: engineFactsSchema,
});
/** `containers.show`. */
export type ContainerView = z.infer<typeof containerViewSchema>;

/** `containers.packages`: what differs from the image that the container was made from. */
const containerPackagesSchema = z.object({
  container: containerSummarySchema,
  changes: z.array(packageChangeSchema),
});

/** Size of a terminal in characters. */
const terminalSizeSchema = z.strictObject({
  columns: z.int().min(0).max(65_535),
  rows: z.int().min(0).max(65_535),
});

const howToStop = {
  force: z.boolean().default(false),
  timeoutSeconds: z.int().min(0).max(86_400).nullable().default(null),
};

/** Operations on containers. */
export const containerRoutes = {
  'containers.list': callRoute({
    input: z.strictObject({ all: queryFlagSchema, ...pageShape }),
    output: containersOutputSchema.extend(pageCursorShape),
  }),
  'containers.deploy': callRoute({
    input: deployInputSchema,
    output: deployResultSchema,
  }),
  'containers.show': callRoute({
    input: byName,
    output: containerViewSchema,
  }),
  'containers.start': callRoute({
    input: byName.extend({ recreate: z.boolean().default(false) }),
    output: containerOutputSchema,
  }),
  'containers.stop': callRoute({
    input: byName.extend(howToStop),
    output: containerOutputSchema,
  }),
  'containers.restart': callRoute({
    input: byName.extend(howToStop),
    output: containerOutputSchema,
  }),
  'containers.rename': callRoute({
    input: byName.extend({ newName: nameSchema }),
    output: containerOutputSchema,
  }),
  'containers.pause': callRoute({
    input: byName,
    output: containerOutputSchema,
  }),
  'containers.unpause': callRoute({
    input: byName,
    output: containerOutputSchema,
  }),
  'containers.remove': callRoute({
    input: byName.extend({ force: queryFlagSchema }),
    output: containerOutputSchema,
  }),
  'containers.retire': callRoute({
    input: byName.extend(howToStop),
    output: containerOutputSchema,
  }),
  'containers.stats': callRoute({
    input: z.strictObject({ name: nameSchema.nullable().default(null) }),
    output: statsOutputSchema,
  }),
  'containers.top': callRoute({
    input: byName,
    output: topOutputSchema,
  }),
  'containers.packages': callRoute({
    input: byName,
    output: containerPackagesSchema,
  }),
  'containers.commit': callRoute({
    input: byName.extend({
      /** Image of the caller's that gets the tag; `null` is that of the container's name. */
      image: nameSchema.nullable().default(null),
      /** A tag that isn't there yet. */
      tag: imageTagSchema,
    }),
    output: imageOutputSchema,
  }),
  'containers.logs': streamRoute({
    input: byName.extend({
      follow: queryFlagSchema,
      tail: queryIntegerSchema.nullable().default(null),
      sinceMs: queryIntegerSchema.nullable().default(null),
      /** Before each line, when the engine got it (RFC 3339); in server-sent events, the ids say it. */
      timestamps: queryFlagSchema,
    }),
  }),
  'containers.exec': sessionRoute({
    input: byName.extend({
      /** `null` is a shell: bash where the image has it, else sh. */
      command: commandSchema.nullable(),
      tty: z.boolean().default(false),
      stdin: z.boolean().default(false),
      size: terminalSizeSchema.nullable().default(null),
      env: envSchema.default({}),
      /** Start the container first when it doesn't run. */
      startFirst: z.boolean().default(false),
      /** With a terminal: the process can be connected with again when this connection ends. */
      keep: z.boolean().default(false),
    }),
  }),
  'containers.attach': sessionRoute({
    input: byName.extend({
      stdin: z.boolean().default(false),
      size: terminalSizeSchema.nullable().default(null),
    }),
  }),
  'containers.sessions': callRoute({
    input: byName,
    output: sessionsOutputSchema,
  }),
  'containers.resume': sessionRoute({
    input: byName.extend({
      id: z.string().regex(/^\d{1,9}$/, { error: 'a session’s number is meant' }),
      size: terminalSizeSchema.nullable().default(null),
      /** Also when somebody is connected, whose connection then ends. */
      takeOver: z.boolean().default(false),
    }),
  }),
  'containers.forward': sessionRoute({
    input: byName.extend({ port: z.int().min(1).max(65_535) }),
  }),
} as const;
