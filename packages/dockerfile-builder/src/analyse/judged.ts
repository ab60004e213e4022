import type { DockerfileInstruction, DockerfileProblem } from '../document/types.ts';
import type { BuildAnalysis, ExternalImage } from './types.ts';

/** What a name in FROM or `--from` means. */
export type ResolvedImage =
  | { readonly kind: 'scratch' }
  /** As the engine is told: the stage's name, or its number. */
  | { readonly kind: 'stage'; readonly name: string }
  | { readonly kind: 'external'; readonly image: ExternalImage };

/** A stretch of an instruction's logical text that names an image. */
export interface ImageUse {
  readonly start: number;
  readonly end: number;
  readonly resolved: ResolvedImage;
}

/** An instruction that was understood. */
export interface JudgedInstruction {
  readonly instruction: DockerfileInstruction;
  /** Set for FROM. */
  readonly from: { readonly base: ResolvedImage; readonly name: string | null } | null;
  /** Uses elsewhere than in FROM, in order. */
  readonly uses: readonly ImageUse[];
}

/** A build as far as it counts, and everything that speaks against it. */
export interface JudgedBuild extends BuildAnalysis {
  readonly judged: readonly JudgedInstruction[];
  readonly problems: readonly DockerfileProblem[];
}
