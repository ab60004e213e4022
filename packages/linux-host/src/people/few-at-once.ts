/** Runs work, only so much of it at a time; the rest waits, first come, first served. */
export type FewAtOnce = <T>(work: () => Promise<T>) => Promise<T>;

/** A queue in which at most `most` pieces of work are under way. */
export function fewAtOnce(most: number): FewAtOnce {
  const waiting: (() => void)[] = [];
  let underWay = 0;
  return async (work) => {
    if (underWay >= most) {
      const turn = Promise.withResolvers<void>();
      waiting.push(turn.resolve);
      await turn.promise;
    } else underWay += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) underWay -= 1;
      else next();
    }
  };
}
