/** What all COPY and ADD of a build name; `null` when one of them can't be told: then all is sent. */
export function sourcesOf(
  instructions: readonly { readonly sources: readonly string[] | null }[],
): readonly string[] | null {
  const named: string[] = [];
  for (const { sources } of instructions) {
    if (sources === null) return null;
    named.push(...sources);
  }
  return named;
}
