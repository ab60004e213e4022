const unescape = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/gu, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );

/**
 * Mounts below a root, as paths from that root, out of the text of `/proc/PID/mountinfo` (fifth
 * field, blanks written as `\040`; see proc(5)).
 */
export const mountsBelow = (mountInfo: string, rootPath: string): string[] =>
  mountInfo
    .split('\n')
    .map((line) => unescape(line.split(' ')[4] ?? ''))
    .filter((path) => path.startsWith(`${rootPath}/`))
    .map((path) => path.slice(rootPath.length));

/** Whether a path (from the root, without links) is one of these mounts or lies in one. */
export const isUnderMount = (path: string, mounts: readonly string[]): boolean =>
  mounts.some((mount) => path === mount || path.startsWith(`${mount}/`));
