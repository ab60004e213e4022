import { readFileSync } from 'node:fs';
import { fieldOf, parseJson } from './grant-text.ts';

/** What `gate.json` in an engine's folder says. */
export interface GateSettings {
  /** `observe` lets containers without a grant through while their devices are free. */
  readonly mode: 'enforce' | 'observe';
  /** Absolute path of the hook to run after a pass; `null` for none. */
  readonly next: string | null;
}

/** Reads `gate.json`; anything but a complete one is thrown, so that the gate stays shut. */
export function readGateSettings(engineDirectory: string): GateSettings {
  const settings = parseJson(readFileSync(`${engineDirectory}/gate.json`, 'utf8'));
  const mode = fieldOf(settings, 'mode');
  const next = fieldOf(settings, 'next');
  if (mode !== 'enforce' && mode !== 'observe') throw new Error('its "mode" is not known');
  if (next !== null && !(typeof next === 'string' && next.startsWith('/'))) {
    throw new Error('its "next" is neither null nor an absolute path');
  }
  return { mode, next };
}
