import type { DockerfileProblem } from '../document/types.ts';

/** One change to a Dockerfile. Python packages are PEP 508 strings. */
export type DockerfileEdit =
  | { readonly kind: 'add-packages'; readonly packages: readonly string[] }
  /** Names; a specifier or extra behind one is passed over. */
  | { readonly kind: 'remove-packages'; readonly packages: readonly string[] }
  /** Debian packages, `name` or `name=version`. */
  | { readonly kind: 'add-system'; readonly packages: readonly string[] }
  | { readonly kind: 'remove-system'; readonly packages: readonly string[] }
  /** A requirements file of the context, which is copied and installed from. */
  | { readonly kind: 'add-requirements'; readonly path: string };

/** The Dockerfile after the edits, or why none was made. */
export type DockerfileEditResult =
  | {
      readonly ok: true;
      readonly text: string;
      readonly changed: boolean;
      /** Sentences for people: a version that changed, a file to edit by hand. */
      readonly notices: readonly string[];
      /** What was to be added and is there as asked. */
      readonly alreadyThere: readonly string[];
      /** What was to be removed and isn't there, or not where an edit can reach it. */
      readonly notFound: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly DockerfileProblem[] };

/** What a Dockerfile's final stage installs, as far as it can be read. */
export interface DockerfilePackages {
  readonly python: readonly {
    readonly spec: string;
    readonly name: string;
    readonly line: number;
  }[];
  readonly system: readonly { readonly name: string; readonly line: number }[];
  readonly requirementFiles: readonly { readonly path: string; readonly line: number }[];
  /** The final stage's base as written; `null` without FROM. */
  readonly base: string | null;
}
