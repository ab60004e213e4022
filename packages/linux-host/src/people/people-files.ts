import { appendToFileOf, factsOfFile, type FactsOfFile } from '@ds01/as-user';
import { isDs01Error } from '@ds01/contracts';
import type { HostAccount, PeopleFiles } from '@ds01/ports';

/** For a folder on a server that doesn't answer: whoever asks has something else to do. */
const timeoutMs = 5000;

/** Files in people's trees, through processes that became them. */
export function createPeopleFiles(): PeopleFiles {
  return {
    modifiedAt: async ({ account, path }) => (await look(account, path))?.modifiedAtMs ?? null,
    isProgram: async ({ account, path }) => {
      const facts = await look(account, path);
      return facts !== null && facts.own && facts.executable;
    },
    append: (file) => appendToFileOf({ ...file, within: null, timeoutMs }),
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
