/** Frameworks whose images have no Python of their own; all of them are Debian's or Ubuntu's. */
const withoutPython: ReadonlySet<string> = new Set(['cuda', 'r', 'julia']);

/** Debian packages without which Python packages can't be installed on a base; mostly none. */
export function pythonForBase(framework: string | null): readonly string[] {
  return withoutPython.has(framework ?? '') ? ['python3', 'python3-pip'] : [];
}
