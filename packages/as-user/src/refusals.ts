import { ds01Error, type Ds01Error, type ErrorCode } from '@ds01/contracts';
import { quoted } from './paths.ts';

interface Refusal {
  readonly code: ErrorCode;
  readonly message: (path: string) => string;
  readonly hint: (word: string) => string;
}

const full: Refusal = {
  code: 'internal.storage-full',
  message: (path) => `No space is left to make ${path}.`,
  hint: (word) => `df -h ${word}`,
};

const ofFolders: Readonly<Record<string, Refusal>> = {
  full,
  'is-link': {
    code: 'workspace.is-link',
    message: (folder) => `${folder} is a symbolic link; name the folder that it leads to.`,
    hint: (word) => `readlink -f ${word}`,
  },
  'not-found': {
    code: 'workspace.not-found',
    message: (folder) => `There is no folder ${folder}.`,
    hint: (word) => `mkdir -p ${word}`,
  },
  'not-a-folder': {
    code: 'workspace.not-a-folder',
    message: (folder) => `${folder} is not a folder.`,
    hint: (word) => `ls -ld ${word}`,
  },
  denied: {
    code: 'workspace.denied',
    message: (folder) => `The owner of the container may not open or make ${folder}.`,
    hint: (word) => `ls -ld ${word}`,
  },
};

const ofFiles: Readonly<Record<string, Refusal>> = {
  full,
  'not-found': {
    code: 'file.not-found',
    message: (file) => `The folder of ${file} does not exist.`,
    hint: (word) => `ls -ld ${word}`,
  },
  'not-a-file': {
    code: 'file.not-a-file',
    message: (file) => `${file} is a link, a device or a folder, or somebody else's file.`,
    hint: (word) => `ls -ld ${word}`,
  },
  'too-large': {
    code: 'file.too-large',
    message: (file) => `${file} is larger than is accepted here.`,
    hint: (word) => `ls -lh ${word}`,
  },
  denied: {
    code: 'file.denied',
    message: (file) => `The owner may not read or write ${file}.`,
    hint: (word) => `ls -ld ${word}`,
  },
};

/** What a child's answer about a folder means to people. */
export function folderError(answer: string, folder: string): Ds01Error {
  return refusalOf(ofFolders, answer, folder);
}

/** What a child's answer about a file means to people. */
export function fileError(answer: string, file: string): Ds01Error {
  return refusalOf(ofFiles, answer, file);
}

function refusalOf(
  refusals: Readonly<Record<string, Refusal>>,
  answer: string,
  path: string,
): Ds01Error {
  const refusal = refusals[answer];
  return ds01Error(refusal?.code ?? 'internal.unexpected', {
    message: refusal?.message(path) ?? `${path} could not be opened: ${answer.slice(0, 200)}`,
    hint: refusal?.hint(quoted(path)) ?? 'ds01 doctor',
    details: { path },
  });
}
