/** Output that waits until somebody asks for it. */
export interface PulledOutput {
  readonly readable: ReadableStream<Uint8Array>;
  /** Keeps bytes behind those that wait. */
  add(bytes: Uint8Array): void;
  /** Nothing comes any more: the stream ends behind what waits. */
  end(): void;
}

/** No output yet. `take` is told of bytes that were asked for, or that nobody will ask for. */
export function createPulledOutput(take: (bytes: number) => void): PulledOutput {
  const waiting: Uint8Array[] = [];
  let isOver = false;
  let isUnwanted = false;
  let wake: () => void = () => undefined;
  const drop = (): void => {
    for (const bytes of waiting.splice(0)) take(bytes.length);
  };
  const readable = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (waiting.length === 0 && !isOver) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        const bytes = waiting.shift();
        if (bytes === undefined) {
          if (isOver && !isUnwanted) controller.close();
          return;
        }
        controller.enqueue(bytes);
        take(bytes.length);
      },
      cancel() {
        isUnwanted = true;
        drop();
        wake();
      },
    },
    { highWaterMark: 0 },
  );
  return {
    readable,
    add(bytes) {
      if (bytes.length === 0) return;
      waiting.push(bytes);
      if (isUnwanted) drop();
      else wake();
    },
    end() {
      isOver = true;
      wake();
    },
  };
}
