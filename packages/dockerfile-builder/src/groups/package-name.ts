/** PEP 503: what the name at the beginning of a PEP 508 string is called in an index. */
export function packageNameOf(spec: string): string {
  const name = /^[A-Za-z0-9][A-Za-z0-9._-]*/.exec(spec.trim())?.[0] ?? spec;
  return name.replaceAll(/[-_.]+/g, '-').toLowerCase();
}

/** Whether a PEP 508 string is a name and nothing else. */
export function isBareName(spec: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(spec.trim());
}
