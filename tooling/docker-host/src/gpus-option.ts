import { readFileSync } from 'node:fs';
import { isPresetName, parseTopologyText, presets } from '@ds01/gpu-sim';
import { createSetupError } from '@ds01/setup';
import { z } from 'zod';

/**
 * Makes sure that `--gpus` names simulated GPUs.
 *
 * @param gpus a preset of gpu-sim or the path of a topology file
 * @throws a setup error (exit code 2) that says what is wrong with the file, or names the presets
 */
export function checkGpus(gpus: string): void {
  if (isPresetName(gpus)) return;
  try {
    parseTopologyText(readFileSync(gpus, 'utf8'));
  } catch (cause) {
    throw createSetupError(`--gpus ${gpus}: ${reasonOf(cause)}`, {
      exitCode: 2,
      hint: `give the path of a topology file, or a preset: ${Object.keys(presets).join(', ')}`,
      cause,
    });
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof z.ZodError) return z.prettifyError(cause);
  return cause instanceof Error ? cause.message : String(cause);
}
