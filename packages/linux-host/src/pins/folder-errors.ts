import { ds01Error, type Ds01Error, type ErrorCode } from '@ds01/contracts';

interface Refusal {
  readonly code: ErrorCode;
  readonly message: (folder: string) => string;
  readonly hint: (quoted: string) => string;
}

const refusals: Readonly<Record<string, Refusal>> = {
  'is-link': {
    code: 'workspace.is-link',
    message: (folder) => `${folder} is a symbolic link; name the folder that it leads to.`,
    hint: (quoted) => `readlink -f ${quoted}`,
  },
  'not-found': {
    code: 'workspace.not-found',
    message: (folder) => `There is no folder ${folder}.`,
    hint: (quoted) => `mkdir -p ${quoted}`,
  },
  'not-a-folder': {
    code: 'workspace.not-a-folder',
    message: (folder) => `${folder} is not a folder.`,
    hint: (quoted) => `ls -ld ${quoted}`,
  },
  denied: {
    code: 'workspace.denied',
    message: (folder) => `The owner of the container may not open or make ${folder}.`,
    hint: (quoted) => `ls -ld ${quoted}`,
  },
  full: {
    code: 'internal.storage-full',
    message: (folder) => `No space is left to make ${folder}.`,
    hint: (quoted) => `df -h ${quoted}`,
  },
};

/** What an answer of the opening child means to people. */
export function folderError(answer: string, folder: string): Ds01Error {
  const refusal = refusals[answer];
  const quoted = `'${folder.replaceAll("'", `'\\''`)}'`;
  return ds01Error(refusal?.code ?? 'internal.unexpected', {
    message: refusal?.message(folder) ?? `${folder} could not be opened: ${answer}`,
    hint: refusal?.hint(quoted),
    details: { folder },
  });
}
