import type { DockerfileProblem } from '../document/types.ts';

/** An image that a build takes from outside of its Dockerfile. */
export interface ExternalImage {
  /** The same for the same image: what `pinBuild` looks up. */
  readonly key: string;
  /** The name, digest or id as written, variables substituted. */
  readonly reference: string;
  /** `from`: a base. `copy`: files are taken from it (COPY --from, RUN --mount). */
  readonly usedBy: 'from' | 'copy';
  /** What `--platform` asks for, variables substituted; `null` without. */
  readonly platform: string | null;
  readonly line: number;
}

/** A source of an ADD that the engine would fetch, or that can't be known before the build. */
export interface RemoteSource {
  readonly line: number;
  readonly source: string;
  readonly kind: 'url' | 'git' | 'variable';
}

/** What a COPY or ADD takes from the context. */
export interface ContextSource {
  readonly line: number;
  /**
   * Paths relative to the context, `.` for all of it; patterns as written. `null` when it has
   * variables: anything may be taken.
   */
  readonly sources: readonly string[] | null;
}

/** Something that only BuildKit runs. */
export interface BuildKitUse {
  readonly line: number;
  /** `RUN --mount`, `COPY --link`. */
  readonly what: string;
}

/** An instruction that runs when somebody builds on the image. */
export interface TriggerInstruction {
  readonly line: number;
  /** In one line, without ONBUILD. */
  readonly instruction: string;
}

/** What a build would take from outside, judged without running it. */
export interface BuildAnalysis {
  readonly images: readonly ExternalImage[];
  readonly remoteSources: readonly RemoteSource[];
  readonly contextSources: readonly ContextSource[];
  readonly onBuild: readonly TriggerInstruction[];
  readonly usesBuildKit: readonly BuildKitUse[];
}

/** An analysis, or why the build is refused. */
export type BuildAnalysisResult =
  | ({ readonly ok: true } & BuildAnalysis)
  | { readonly ok: false; readonly problems: readonly DockerfileProblem[] };

/** What is known of a build besides its Dockerfile. */
export interface AnalyseOptions {
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Stage to build, by name or number; the last one without. Later stages don't count. */
  readonly target?: string | null;
}
