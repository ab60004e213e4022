import { appendToFileOf, factsOfFile, type FactsOfFile } from '@ds01/as-user';
import { isDs01Error } from '@ds01/contracts';
import type { HostAccount, PeopleFiles } from '@ds01/ports';
import { fewAtOnce } from './few-at-once.ts';

/** For a folder on a server that doesn't answer: whoever asks has something else to do. */
const timeoutMs = 5000;

/**
 * Processes at a time: when hundreds of containers are due at once, their start alone would take longer
 * than {@link timeoutMs}, and a file that is there would seem to be none.
 */
const mostAtOnce = 8;

/** Files in people's trees, through processes that became them. */
export function createPeopleFiles(): PeopleFiles {
  const run = fewAtOnce(mostAtOnce);
  return {
    modifiedAt: async ({ account, path }) => {
      const facts = await run(() => look(account, path));
      return facts?.modifiedAtMs ?? null;
    },
    isProgram: async ({ account, path }) => {
      const facts = await run(() => look(account, path));
      return facts !== null && facts.own && facts.executable;
    },
    append: (file) => run(() => appendToFileOf({ ...file, within: null, timeoutMs })),
  };
}

/** What can't be looked at is none. */
async function look(account: HostAccount, path: string): Promise<FactsOfFile | null> {
  try {
    return await factsOfFile({ account, path, within: null, timeoutMs });
  } catch (error) {
    if (isDs01Error(error)) return null;
    throw error;
  }
}
