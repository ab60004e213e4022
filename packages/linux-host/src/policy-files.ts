import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import type { PolicyFile, PolicyFiles } from '@ds01/ports';
import { z } from 'zod';
import { parseJson } from './gate/grant-text.ts';
import { storageError, systemCodeOf } from './storage-errors.ts';

const fileNames = [
  'ds01.yaml',
  'resource-limits.yaml',
  'user-overrides.yaml',
  'lifecycle-exemptions.yaml',
] as const;
const groupsFolder = 'groups';
const memberFile = /^[^.].*\.members$/;

const copySchema = z.array(
  z.strictObject({ path: z.string(), text: z.string().nullable(), error: z.string().nullable() }),
);

/** Where the policy is, and where its last good copy is kept. */
export interface PolicyFilesOptions {
  readonly configDirectory: string;
  readonly stateDirectory: string;
}

/**
 * The configuration folder: `ds01.yaml`, `resource-limits.yaml`, `user-overrides.yaml`,
 * `lifecycle-exemptions.yaml` and `groups/*.members`. The last good copy is one file in the state
 * folder, replaced as a whole; a damaged one counts as none. Errors of `saveLastGood`:
 * `internal.storage-full`, `internal.state-unwritable`.
 */
export function createPolicyFiles(options: PolicyFilesOptions): PolicyFiles {
  const { configDirectory, stateDirectory } = options;
  const copyPath = `${stateDirectory}/last-good-policy.json`;
  const readCopy = () => {
    const file = readPolicyFile(copyPath);
    const copy = copySchema.safeParse(parseJson(file?.text ?? ''));
    return copy.success ? copy.data : null;
  };
  return {
    read() {
      const paths = fileNames.map((name) => `${configDirectory}/${name}`);
      const groups = readGroups(`${configDirectory}/${groupsFolder}`);
      return [...paths.flatMap((path) => readPolicyFile(path) ?? []), ...groups];
    },
    readNamed,
    readLastGood: readCopy,
    saveLastGood(files) {
      const text = JSON.stringify(copySchema.parse(files));
      if (JSON.stringify(readCopy()) === text) return;
      try {
        mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
        const temporary = `${copyPath}.${process.pid}`;
        writeFileSync(temporary, text, { mode: 0o600 });
        renameSync(temporary, copyPath);
      } catch (error) {
        throw storageError(stateDirectory, error);
      }
    },
  };
}

function readGroups(folder: string): readonly PolicyFile[] {
  try {
    const names = readdirSync(folder).filter((name) => memberFile.test(name));
    return names.toSorted().flatMap((name) => readPolicyFile(`${folder}/${name}`) ?? []);
  } catch (error) {
    return unreadable(folder, error);
  }
}

function readPolicyFile(path: string): PolicyFile | null {
  try {
    return { path, text: readFileSync(path, 'utf8'), error: null };
  } catch (error) {
    return unreadable(path, error)[0] ?? null;
  }
}

const maxNamedBytes = 4 * 2 ** 20;

function readNamed(path: string): PolicyFile | null {
  let descriptor: number | null = null;
  try {
    // A pipe would wait for somebody who writes.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { uid, mode, size } = fstatSync(descriptor);
    const refused = refusalOf({ uid, mode, size });
    if (refused !== null) return { path, text: null, error: refused };
    return { path, text: readFileSync(descriptor, 'utf8'), error: null };
  } catch (error) {
    return unreadable(path, error)[0] ?? null;
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

function refusalOf(file: {
  readonly uid: number;
  readonly mode: number;
  readonly size: number;
}): string | null {
  if ((file.mode & constants.S_IFMT) !== constants.S_IFREG) return 'it is no file';
  if (file.uid !== 0 && file.uid !== process.getuid?.()) return 'it is not an administrator’s own';
  if ((file.mode & 0o022) !== 0) return 'others than its owner may write to it';
  return file.size > maxNamedBytes ? 'it is larger than 4 MiB' : null;
}

/** Nothing for what isn't there, else a file that says why it can't be read. */
function unreadable(path: string, error: unknown): readonly PolicyFile[] {
  if (systemCodeOf(error) === 'ENOENT') return [];
  return [{ path, text: null, error: error instanceof Error ? error.message : String(error) }];
}
