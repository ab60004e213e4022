import type { OperationView } from '@ds01/contracts/service';

/** An operation that runs, but for what is given. */
export function operation(given: Partial<OperationView>): OperationView {
  return {
    id: `o${'0'.repeat(20)}`,
    route: 'containers.stop',
    object: 'thesis',
    state: 'running',
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: null,
    lines: 0,
    progress: null,
    result: null,
    error: null,
    ...given,
  };
}
