type Interrupt = 'SIGINT' | 'SIGTERM';

/** Where signals come from; `process` is one. */
export interface SignalSource {
  readonly on: (signal: Interrupt, listener: () => void) => unknown;
  readonly off: (signal: Interrupt, listener: () => void) => unknown;
}

/**
 * The first Ctrl-C (or SIGTERM) aborts the signal, so that a use case undoes what it did; a second one
 * ends the process, as no listener is left.
 */
export function listenForInterrupt(source: SignalSource): {
  readonly signal: AbortSignal;
  readonly stop: () => void;
} {
  const controller = new AbortController();
  const stop = (): void => {
    source.off('SIGINT', onSignal);
    source.off('SIGTERM', onSignal);
  };
  const onSignal = (): void => {
    stop();
    controller.abort();
  };
  source.on('SIGINT', onSignal);
  source.on('SIGTERM', onSignal);
  return { signal: controller.signal, stop };
}
