import type { Readable } from 'node:stream';
import type { ImageReference, RegistryAuth } from '@ds01/contracts';

/** What DS01 looks at in an image. */
export interface ImageDetails {
  readonly id: string;
  readonly tags: readonly string[];
  /** By which registries know it: `repository@sha256:…`. */
  readonly digests: readonly string[];
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  readonly command: readonly string[];
  readonly entrypoint: readonly string[];
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly user: string;
  readonly workingDirectory: string;
  /** Instructions that run when something is built on it. */
  readonly onBuild: readonly string[];
  /** Digests of its layers' contents, lowest first. */
  readonly layers: readonly string[];
}

/** One step of an image's making. */
export interface ImageHistoryEntry {
  /** `null` for steps whose image isn't on this engine. */
  readonly id: string | null;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly sizeBytes: number;
}

/** Progress of a pull or push. */
export interface PullProgress {
  readonly layer: string | null;
  readonly status: string;
  readonly currentBytes: number | null;
  readonly totalBytes: number | null;
}

/** Options of pulling and pushing. */
export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** `null` or left out: anonymous. Sent to the engine alone, never kept or logged. */
  readonly auth?: RegistryAuth | null | undefined;
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
}

/** How to build; the engine's classic builder. `null` is no limit. */
export interface BuildSpec {
  /** Name of the Dockerfile in the context. */
  readonly dockerfile: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target: string | null;
  readonly noCache: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Network of the steps: `none`, `host`, or a network's name. */
  readonly networkMode: string;
  readonly cgroupParent: string;
  readonly memoryBytes: number | null;
  readonly memorySwapBytes: number | null;
  readonly cpus: number | null;
  readonly shmSizeBytes: number | null;
  /** As `docker build --ulimit`: `nofile=1024:2048`. */
  readonly ulimits: readonly string[];
}

/** What the builder says. */
export type BuildOutput =
  /** Text as the builder prints it: `Step 1/4 : FROM …`, ` ---> Using cache`, a step's own output. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'progress'; readonly progress: PullProgress }
  /** The image that was made; the last one counts. */
  | { readonly kind: 'image'; readonly id: string };

/**
 * What a committed image says instead of what its container was started with. The engine adds what the
 * container has and isn't named here, and takes empty lists and texts for nothing given.
 */
export interface CommitConfig {
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly entrypoint: readonly string[];
  readonly user: string;
  readonly workingDirectory: string;
}

/** Where the layer of a container goes. */
export interface CommitTarget {
  readonly repository: string;
  readonly tag: string;
  /** Stop the container's processes while it is read. */
  readonly pause: boolean;
  /** As the container has it when left out. */
  readonly config?: CommitConfig;
}

/** A path of a container's layer that differs from its image. */
export interface LayerChange {
  /** Absolute. */
  readonly path: string;
  readonly kind: 'modified' | 'added' | 'deleted';
}

/** What an engine does with images. Part of `ContainerEngine`, with its errors. */
export interface ImageEngine {
  /** `null` when there is no such image. */
  inspectImage(
    reference: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<ImageDetails | null>;
  listImages(options?: {
    readonly signal?: AbortSignal | undefined;
  }): Promise<readonly ImageDetails[]>;
  /** Newest first. Fails with `image.not-found`. */
  imageHistory(
    reference: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<readonly ImageHistoryEntry[]>;
  /** Fails with `image.not-found`, `image.pull-failed`, `registry.denied`. */
  pullImage(reference: ImageReference, options: TransferOptions): Promise<void>;
  /** Returns the digest. Fails with `image.not-found`, `image.push-failed`, `registry.denied`. */
  pushImage(reference: ImageReference, options: TransferOptions): Promise<string>;
  /**
   * Builds with the classic builder, without any tag. The context is a tar archive that isn't looked
   * at here. Aborting, or leaving the loop, ends the build, and soon after it its containers. Fails with
   * `image.build-failed` (the builder's message), `dockerfile.invalid`, `operation.interrupted`.
   */
  buildImage(
    context: Readable,
    spec: BuildSpec,
    options?: { readonly signal?: AbortSignal | undefined },
  ): AsyncIterable<BuildOutput>;
  /** A tag that leads elsewhere moves. Fails with `image.not-found`. */
  tagImage(
    source: string,
    target: { readonly repository: string; readonly tag: string },
  ): Promise<void>;
  /**
   * Takes a tag away, and with its last one the image and its untagged parents; given an id, the
   * image with all its tags. Returns what is gone. Fails with `engine.conflict` while a container
   * uses it, unless another tag is left.
   */
  removeImage(
    reference: string,
    options?: { readonly force?: boolean },
  ): Promise<{ readonly untagged: readonly string[]; readonly deleted: readonly string[] }>;
}
