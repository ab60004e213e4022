/** Something a check found wrong: where, and what to do about it. */
export interface Finding {
  readonly file: string;
  readonly line?: number;
  readonly message: string;
}

/** A finding as one line that editors and terminals link to: `file:line message`. */
export const renderFinding = ({ file, line, message }: Finding): string =>
  `${line === undefined ? file : `${file}:${line}`} ${message}`;
