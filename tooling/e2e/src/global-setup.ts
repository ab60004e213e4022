import { buildApps } from './build-apps.ts';

/** Runs once before all end-to-end tests, so that they run what people run. */
export function setup(): void {
  buildApps();
}
