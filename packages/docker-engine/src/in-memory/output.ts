import type { Clock, LogChunk, LogOptions } from '@ds01/ports';

interface Line extends LogChunk {
  readonly atMs: number;
}

/** A container's output: remembered, and passed on as it happens. */
export interface ContainerOutput {
  write(chunk: LogChunk): void;
  /** Calls back for everything written from now on; returns how to stop. */
  listen(listener: (chunk: LogChunk) => void): () => void;
  /** Marks the end of the process; followers finish. */
  end(): void;
  /** The next process's output follows. */
  reopen(): void;
  read(options: LogOptions): AsyncGenerator<LogChunk>;
}

/** Output that lives in memory; each write counts as lines. */
export function createContainerOutput(clock: Clock): ContainerOutput {
  const lines: Line[] = [];
  const listeners = new Set<(chunk: LogChunk) => void>();
  const wakers = new Set<() => void>();
  let open = false;

  const wake = (): void => {
    for (const waker of wakers) waker();
    wakers.clear();
  };

  async function* read(options: LogOptions): AsyncGenerator<LogChunk> {
    const { signal } = options;
    const recent = lines.filter((line) => line.atMs >= (options.sinceMs ?? 0));
    const first = options.tail === null ? 0 : Math.max(recent.length - options.tail, 0);
    let next = lines.length;
    signal?.addEventListener('abort', wake, { once: true });
    for (const line of recent.slice(first)) yield render(line, options);
    while (options.follow && signal?.aborted !== true) {
      for (; next < lines.length; next += 1) {
        const line = lines[next];
        if (line !== undefined) yield render(line, options);
      }
      if (!open) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      wakers.add(resolve);
      await promise;
    }
  }

  return {
    write(chunk) {
      for (const bytes of splitLines(chunk.bytes)) {
        lines.push({ stream: chunk.stream, bytes, atMs: clock.nowMs() });
      }
      for (const listener of listeners) listener(chunk);
      wake();
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    end() {
      open = false;
      wake();
    },
    reopen() {
      open = true;
    },
    read,
  };
}

function splitLines(bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(10, start);
    const end = newline === -1 ? bytes.length : newline + 1;
    lines.push(bytes.slice(start, end));
    start = end;
  }
  return lines;
}

function render(line: Line, options: LogOptions): LogChunk {
  if (!options.timestamps) return { stream: line.stream, bytes: line.bytes };
  const stamp = Buffer.from(`${new Date(line.atMs).toISOString()} `);
  return { stream: line.stream, bytes: Buffer.concat([stamp, line.bytes]) };
}
