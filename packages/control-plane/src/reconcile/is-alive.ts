import type { EngineContainerState } from '@ds01/ports';

/** True for every state in which the container's processes exist or are about to. */
export function isAlive(state: EngineContainerState): boolean {
  return state === 'running' || state === 'paused' || state === 'restarting';
}
