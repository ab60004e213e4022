import { ds01Error, type Ds01Error } from '@ds01/contracts';

/** An `engine.conflict` in the engine's words. */
export function conflict(message: string): Ds01Error {
  return ds01Error('engine.conflict', { message });
}
