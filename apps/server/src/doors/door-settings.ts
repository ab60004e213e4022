import type { SiteSettings } from '@ds01/contracts';
import { loadCurrentPolicy, type ControlPlaneDependencies } from '@ds01/control-plane';
import { siteSettingsSchema } from '@ds01/contracts';

const presets = siteSettingsSchema.parse({}).server;

/**
 * The section `server` of the settings. While the configuration can't be used, and no older one can,
 * it is that of a fresh install: no network, and the usual bounds.
 */
export function doorSettings(
  deps: Pick<ControlPlaneDependencies, 'policyFiles' | 'logger' | 'clock'>,
): SiteSettings['server'] {
  try {
    return loadCurrentPolicy(deps, { dryRun: true }).settings.server;
  } catch {
    return presets;
  }
}
