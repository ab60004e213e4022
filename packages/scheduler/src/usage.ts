/** What a person has used up to a moment. */
export interface AccruedUsage {
  /** GPU equivalents times hours, weighted down with the half-life. */
  readonly gpuHours: number;
  readonly atMs: number;
}

/** The same use as it counts at a later moment, nothing being added. */
export function usageAt(usage: AccruedUsage, atMs: number, halfLifeDays: number): number {
  const days = Math.max(0, atMs - usage.atMs) / 86_400_000;
  return usage.gpuHours * 2 ** (-days / halfLifeDays);
}

/** What was used, and what was held from then until `atMs` added. */
export function accrueUsage(
  usage: AccruedUsage,
  held: { readonly gpuEquivalents: number; readonly atMs: number; readonly halfLifeDays: number },
): AccruedUsage {
  const { gpuEquivalents, atMs, halfLifeDays } = held;
  const hours = Math.max(0, atMs - usage.atMs) / 3_600_000;
  const constant = (halfLifeDays * 24) / Math.LN2;
  // What was used within the span is weighted down too: the integral of its decay.
  const added = gpuEquivalents * constant * (1 - Math.exp(-hours / constant));
  return { gpuHours: usageAt(usage, atMs, halfLifeDays) + added, atMs: Math.max(usage.atMs, atMs) };
}
