/** A Dockerfile as it is written, cut into instructions; offsets are those of the text's string. */
export interface DockerfileDocument {
  readonly text: string;
  /** The escape character: `\`, or a backtick when a directive at the top says so. */
  readonly escape: '\\' | '`';
  /** How most lines end; a file without line ends gets `\n`. */
  readonly newline: '\n' | '\r\n';
  /** Directives at the top (`syntax`, `escape`), names in lower case. */
  readonly directives: readonly DockerfileDirective[];
  readonly instructions: readonly DockerfileInstruction[];
  readonly stages: readonly DockerfileStage[];
  /** What different engines read differently; a text with any of these isn't safe to judge. */
  readonly oddities: readonly DockerfileOddity[];
}

/** A line like `# escape=x` at the top of the file. */
export interface DockerfileDirective {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

/** One instruction with its continuation lines, comments between them and heredocs. */
export interface DockerfileInstruction {
  /** Counts from 0 in the file. */
  readonly index: number;
  /** In capitals: `RUN`. Also when it's none that any engine knows. */
  readonly keyword: string;
  /** The stage it belongs to, from 0; `null` before the first FROM. */
  readonly stage: number | null;
  /** Lines count from 1. */
  readonly startLine: number;
  readonly endLine: number;
  /** `text.slice(startOffset, endOffset)` is the instruction; the last line's end isn't part of it. */
  readonly startOffset: number;
  readonly endOffset: number;
  readonly text: string;
  /** The instruction in one line, as the engine joins it: without comments, escapes and line ends. */
  readonly logical: LogicalText;
  /** Where in `logical.text` what follows the keyword begins. */
  readonly argumentsAt: number;
  /** `--name=value` words after the keyword. */
  readonly flags: readonly InstructionFlag[];
  /** Where in `logical.text` what follows the flags begins; its end when nothing does. */
  readonly bodyAt: number;
  readonly heredocs: readonly Heredoc[];
}

/** A text put together of pieces of another one. */
export interface LogicalText {
  readonly text: string;
  /** In order, without gaps in `at`. */
  readonly pieces: readonly {
    readonly at: number;
    readonly offset: number;
    readonly length: number;
  }[];
}

/** A flag of an instruction; quotes and escapes are resolved in `name` and `value`. */
export interface InstructionFlag {
  readonly name: string;
  /** `null` when there is no `=`. */
  readonly value: string | null;
  /** Where it stands in `logical.text`. */
  readonly start: number;
  readonly end: number;
  /** Written without quotes, escapes and characters beyond ASCII, so that every engine reads it alike. */
  readonly plain: boolean;
}

/** A heredoc of a RUN, COPY or ADD. */
export interface Heredoc {
  readonly name: string;
  /** Whether the name is quoted, so that nothing is substituted in the body. */
  readonly quoted: boolean;
  /** Whether leading tabs are dropped (`<<-`). */
  readonly tabs: boolean;
  /** `text.slice(startOffset, endOffset)` is the body, line ends included. */
  readonly startOffset: number;
  readonly endOffset: number;
  /** Whether the closing line is there. */
  readonly terminated: boolean;
}

/** A stage of a build. */
export interface DockerfileStage {
  readonly index: number;
  /** What follows AS, in lower case (names are compared without case); `null` without. */
  readonly name: string | null;
  /** Index of its FROM in `instructions`. */
  readonly from: number;
  /** Index of its last instruction. */
  readonly last: number;
}

/** Something that engines don't agree about. */
export interface DockerfileOddity {
  readonly kind:
    | 'control-character'
    | 'double-escape'
    | 'escape-at-end'
    | 'escape-directive'
    | 'heredoc'
    | 'line-separator'
    | 'unterminated-heredoc';
  readonly line: number;
}

/** Why a text or an edit is refused. Lines and columns count from 1. */
export interface DockerfileProblem {
  /** Stable: `dockerfile.unknown-instruction`. */
  readonly code: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
}
