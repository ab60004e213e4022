import type { Pins } from '@ds01/ports';
import { createMountedPins } from './mounted-pins.ts';
import { createPlainPins } from './plain-pins.ts';

/** Where pins are made, and whether this process may mount. */
export interface PinsOptions {
  /** The engine's folder; pins are `pins/<key>/<place>` in it. */
  readonly engineDirectory: string;
  /**
   * False for the only user of an engine, who can't mount: folders are checked, and given to the
   * engine as they are; files and secrets are plain files in folders of that user's.
   */
  readonly asRoot: boolean;
}

/**
 * Pins in the engine's folder. Errors: those of the port, `workspace.invalid` for a path that isn't
 * absolute or has a newline, `request.too-large` for secrets of more than 1 MiB, `request.invalid`
 * for a name that can't be a file's, `operation.timed-out` for a folder that doesn't answer.
 */
export function createPins(options: PinsOptions): Pins {
  const { engineDirectory, asRoot } = options;
  return asRoot ? createMountedPins(engineDirectory) : createPlainPins(engineDirectory);
}
