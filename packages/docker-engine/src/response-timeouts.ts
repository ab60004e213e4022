const minuteMs = 60_000;

/**
 * How long the engine may take before it answers a request, in milliseconds: `defaultMs` for most;
 * more where it copies layers or talks to a registry, which are slow on full or busy disks.
 */
export function responseTimeoutMs(path: string, defaultMs: number): number {
  if (path === '/commit' || path === '/build' || path === '/images/load') return 60 * minuteMs;
  if (path === '/images/create' || path.endsWith('/push')) return Math.max(5 * minuteMs, defaultMs);
  if (/^\/containers\/[^/]+\/(?:start|kill|restart)$/.test(path)) return 2 * defaultMs;
  return defaultMs;
}
