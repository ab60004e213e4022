import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GateState } from '@ds01/control-plane';

/** What the gate in front of an engine left in the engine's folder. */
export function gateState(engineDirectory: string): GateState {
  const path = join(engineDirectory, 'gate.json');
  try {
    const mode = /"mode"\s*:\s*"(enforce|observe)"/.exec(readFileSync(path, 'utf8'))?.[1] ?? null;
    return mode === null
      ? { installed: false, mode, message: `${path} names no mode` }
      : { installed: true, mode, message: `the gate is installed, mode ${mode}` };
  } catch {
    return {
      installed: false,
      mode: null,
      message: `${path} can't be read: no gate stands in front of this engine`,
    };
  }
}
