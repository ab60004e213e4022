import { ds01Error } from '@ds01/contracts';
import { z } from 'zod';

/** Versions of the Engine API that this adapter was written for. */
const supportedApi = { oldest: '1.41', newest: '1.51' } as const;

/** Answer of `GET /version`, as far as it matters. */
export const versionSchema = z.object({
  Version: z.string(),
  ApiVersion: z.string().regex(/^\d+\.\d+$/),
  MinAPIVersion: z
    .string()
    .nullish()
    .transform((value) => (value === undefined || value === null || value === '' ? '1.12' : value)),
});

/** Engine's version, and the API version that both sides speak. */
export interface NegotiatedVersion {
  readonly engineVersion: string;
  readonly apiVersion: string;
}

/**
 * The engine's API version, or the newest one known here when the engine is ahead. Throws
 * `engine.error` for engines older than 1.41 and for those that dropped everything known here.
 */
export function negotiate(engine: z.infer<typeof versionSchema>): NegotiatedVersion {
  const apiVersion =
    order(engine.ApiVersion) > order(supportedApi.newest) ? supportedApi.newest : engine.ApiVersion;
  const usable =
    order(apiVersion) >= order(supportedApi.oldest) &&
    order(apiVersion) >= order(engine.MinAPIVersion);
  if (usable) return { engineVersion: engine.Version, apiVersion };
  throw ds01Error('engine.error', {
    message: `The engine (${engine.Version}) speaks API ${engine.MinAPIVersion} to ${engine.ApiVersion}; DS01 needs one of ${supportedApi.oldest} to ${supportedApi.newest}.`,
    hint: 'ds01 doctor',
    details: { ...engine },
  });
}

/** True when `apiVersion` is `other` or newer. */
export function isAtLeast(apiVersion: string, other: string): boolean {
  return order(apiVersion) >= order(other);
}

function order(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major * 10_000 + minor;
}
