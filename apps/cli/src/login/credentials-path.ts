import { ds01Error } from '@ds01/contracts/core';
import type { Runtime } from '../runtime.ts';

/** Where tokens are kept. Fails with `usage.invalid` for somebody without a home. */
export function credentialsPath({ credentialsFile }: Pick<Runtime, 'credentialsFile'>): string {
  if (credentialsFile !== null) return credentialsFile;
  throw ds01Error('usage.invalid', {
    message: 'There is no home to keep a token in: HOME is not set.',
    hint: 'export DS01_SERVER=https://gpu.example.org:7443',
  });
}
