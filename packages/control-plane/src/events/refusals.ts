import { isDs01Error } from '@ds01/contracts';
import type { NewEvent } from '@ds01/contracts/lifecycle';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { recordEvent } from './record-event.ts';

/** Longest message that an event keeps. */
const maxMessageLength = 1000;

/**
 * Runs what asks for GPUs; when it is refused because of them, or of what the person may have, that
 * is written down. Its error comes through as it is.
 */
export async function tellRefusal<T>(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock' | 'logger'>,
  about: Pick<NewEvent, 'user' | 'uid' | 'container' | 'containerId'>,
  ask: () => T | Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isDs01Error(error) && /^(?:gpu|quota)\./.test(error.code)) {
      const { code } = error;
      const message = error.message.slice(0, maxMessageLength);
      recordEvent(deps, { type: 'gpu.refused', ...about, details: { code, message } });
    }
    throw error;
  }
}
