/** A line of progress; the first is 1. */
export interface ProgressLine {
  readonly line: number;
  readonly progress: string;
}

/** Progress of one piece of work. */
export interface ProgressLines {
  add(progress: string): void;
  /** There won't be more. */
  end(): void;
  readonly count: number;
  /** The newest; `null` before any. */
  readonly last: string | null;
  /** Lines behind one, those that come included, until the end or the signal. */
  after(line: number, signal: AbortSignal | undefined): AsyncGenerator<ProgressLine>;
}

/** Beyond these the oldest are forgotten; who was behind goes on with the oldest that is known. */
const most = { lines: 1000, characters: 131_072 };
/** Longer lines are cut. */
const longestLine = 2000;

/** No progress yet. What a follower hasn't read is kept here alone, once for all of them. */
export function createProgressLines(): ProgressLines {
  const kept: ProgressLine[] = [];
  let count = 0;
  let characters = 0;
  let isOver = false;
  let news = Promise.withResolvers<void>();
  const tell = (): void => {
    news.resolve();
    news = Promise.withResolvers();
  };
  return {
    add(progress) {
      count += 1;
      const line = { line: count, progress: progress.slice(0, longestLine) };
      kept.push(line);
      characters += line.progress.length;
      while (kept.length > most.lines || characters > most.characters) {
        characters -= kept.shift()?.progress.length ?? 0;
      }
      tell();
    },
    end() {
      isOver = true;
      tell();
    },
    get count() {
      return count;
    },
    get last() {
      return kept.at(-1)?.progress ?? null;
    },
    async *after(line, signal) {
      const aborted = Promise.withResolvers<void>();
      const abort = (): void => aborted.resolve();
      signal?.addEventListener('abort', abort, { once: true });
      let position = line;
      try {
        while (signal?.aborted !== true) {
          const next = nextOf(kept, position);
          if (next !== undefined) {
            position = next.line;
            yield next;
          } else if (isOver) {
            return;
          } else {
            await Promise.race([news.promise, aborted.promise]);
          }
        }
      } finally {
        signal?.removeEventListener('abort', abort);
      }
    },
  };
}

function nextOf(kept: readonly ProgressLine[], position: number): ProgressLine | undefined {
  const first = kept[0];
  if (first === undefined) return undefined;
  return kept[Math.max(0, position + 1 - first.line)];
}
