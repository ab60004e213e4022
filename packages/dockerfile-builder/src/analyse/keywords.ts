/** Every instruction, with the flags that some engine knows. */
export const instructionFlags: ReadonlyMap<string, readonly string[]> = new Map([
  ['ADD', ['chown', 'chmod', 'link', 'keep-git-dir', 'checksum', 'exclude', 'unpack']],
  ['ARG', []],
  ['CMD', []],
  ['COPY', ['from', 'chown', 'chmod', 'link', 'parents', 'exclude']],
  ['ENTRYPOINT', []],
  ['ENV', []],
  ['EXPOSE', []],
  ['FROM', ['platform']],
  ['HEALTHCHECK', ['interval', 'timeout', 'start-period', 'start-interval', 'retries']],
  ['LABEL', []],
  ['MAINTAINER', []],
  ['ONBUILD', []],
  ['RUN', ['mount', 'network', 'security', 'device']],
  ['SHELL', []],
  ['STOPSIGNAL', []],
  ['USER', []],
  ['VOLUME', []],
  ['WORKDIR', []],
]);

/** Flags that the classic builder refuses; `null` when it knows the flag. */
export function buildKitFlag(keyword: string, flag: string): string | null {
  const classic = keyword === 'HEALTHCHECK' || ['platform', 'from', 'chown'].includes(flag);
  return classic ? null : `${keyword} --${flag}`;
}
