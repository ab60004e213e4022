import { removeAbandonedHosts } from './abandoned-hosts.ts';
import { buildApps } from './build-apps.ts';
import { emptyCodeCache } from './code-cache.ts';

/** Runs once before all end-to-end tests, so that they run what people run, on an orderly machine. */
export async function setup(): Promise<void> {
  await removeAbandonedHosts();
  buildApps();
  emptyCodeCache();
}
